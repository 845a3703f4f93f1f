package org.attnvgg.spark.config;

/**
 * What random choices depend on.
 *
 * @param seed of every one of them
 */
@Section("")
public record RandomSettings(
        @Key(
                value = "42",
                text = "Seed of every random choice: sample, split, initial weights, order of examples,"
                        + " augmentation, dropout.")
        long seed) {}
