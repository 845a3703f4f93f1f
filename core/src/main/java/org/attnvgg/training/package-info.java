/**
 * One step of training: loss, gradients of a shard's mini-batch, their average over shards, and Adam, all over flat
 * vectors. Start with {@link org.attnvgg.training.TrainingStep}.
 */
package org.attnvgg.training;
