package org.attnvgg.spark.exchange;

import java.nio.ByteBuffer;
import org.attnvgg.training.ShardGradient;

/**
 * A shard's gradient, arrived whole.
 *
 * @param shard which
 * @param worker who computed it
 * @param report what came with it
 * @param values the gradient's bytes, the pool's: give it back
 */
public record ShardUpload(int shard, String worker, ShardReport report, ByteBuffer values) {

    /** As something to add up. */
    public ShardGradient gradient() {
        return new ShardGradient(report.examples(), report.lossSum(), values);
    }
}
