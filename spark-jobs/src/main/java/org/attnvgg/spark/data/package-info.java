/**
 * Which images there are, and how a task reads them: {@link org.attnvgg.spark.data.ImageLister} lists files in folders, the
 * images that a manifest names, or images packed into large files; {@link org.attnvgg.spark.data.BatchLoader} reads, decodes
 * and transforms them ahead of the device, for training and for scoring alike.
 */
package org.attnvgg.spark.data;
