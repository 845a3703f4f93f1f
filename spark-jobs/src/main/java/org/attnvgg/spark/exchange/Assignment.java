package org.attnvgg.spark.exchange;

/**
 * A shard's step to compute.
 *
 * @param epoch from 1
 * @param step of the epoch, from 0
 * @param shard which
 * @param weights what to call for its weights by, once
 */
public record Assignment(int epoch, int step, int shard, String weights) {}
