/**
 * What runs the network in libtorch, through DJL: in {@link org.attnvgg.runtime.TrainingNetwork training}, block by block,
 * and in {@link org.attnvgg.runtime.ScoringNetwork scoring}.
 */
package org.attnvgg.runtime;
