/**
 * {@code score}: images to predictions and attention maps. Start with {@link org.attnvgg.spark.score.ScoreJob}.
 */
package org.attnvgg.spark.score;
