package org.attnvgg.spark.score;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Where the tasks' time goes, in nanoseconds added up over all tasks.
 *
 * @param loading waiting for pictures: reading and decoding
 * @param computing the network
 * @param writing all else: rows and their files
 */
record ScoringTimes(LongAccumulator loading, LongAccumulator computing, LongAccumulator writing)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** Accumulators at zero. */
    static ScoringTimes start(SparkContext context) {
        return new ScoringTimes(
                context.longAccumulator("loading, ns"),
                context.longAccumulator("computing, ns"),
                context.longAccumulator("writing, ns"));
    }

    /** The shares in words: {@code 7 % loading pictures, 90 % network, 3 % rows and files}. */
    @Override
    public String toString() {
        double all = Math.max(1, loading.sum() + computing.sum() + writing.sum());
        return "%.0f %% loading pictures, %.0f %% network, %.0f %% rows and files"
                .formatted(100 * loading.sum() / all, 100 * computing.sum() / all, 100 * writing.sum() / all);
    }
}
