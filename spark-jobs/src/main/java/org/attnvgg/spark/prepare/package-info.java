/**
 * {@code prepare}: marking CSV files to a manifest of images, rebalanced and split. Start with
 * {@link org.attnvgg.spark.prepare.PrepareJob}.
 */
package org.attnvgg.spark.prepare;
