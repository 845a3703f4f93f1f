/**
 * AttnVGG without Spark: {@link org.attnvgg.model the network}, {@link org.attnvgg.weights its files},
 * {@link org.attnvgg.image the images} and {@link org.attnvgg.training one step of training}.
 */
package org.attnvgg;
