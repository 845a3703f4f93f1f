/**
 * AttnVGG without Spark: {@link org.attnvgg.model the network}, {@link org.attnvgg.torchscript what it computes},
 * {@link org.attnvgg.runtime what runs it}, {@link org.attnvgg.io files of weights}, {@link org.attnvgg.modelfolder a model
 * on disk}, {@link org.attnvgg.image the images} and {@link org.attnvgg.training one step of training}.
 */
package org.attnvgg;
