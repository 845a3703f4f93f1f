package org.attnvgg.spark.train;

import java.util.List;
import org.attnvgg.model.Weights;

/** Carries weights to the shards and their gradients back: the one place that knows how. */
interface Exchange extends AutoCloseable {

    /**
     * One synchronous step: every shard computes at these weights.
     *
     * @param epoch from 1
     * @param step of the epoch, from 0
     * @return the shards' results, in the order of the shards
     */
    List<ShardResult> step(int epoch, int step, Weights weights);

    @Override
    void close();
}
