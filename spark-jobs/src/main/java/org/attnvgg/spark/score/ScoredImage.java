package org.attnvgg.spark.score;

import org.attnvgg.spark.data.LoadedImage;

/**
 * An image and what the network says of it.
 *
 * @param image the image, or the reject
 * @param logit of melanoma; NaN for a reject
 * @param pool3 attention S/8×S/8, row by row; null for a reject
 * @param pool4 attention S/16×S/16, row by row; null for a reject
 */
public record ScoredImage(LoadedImage image, float logit, float[] pool3, float[] pool4) {}
