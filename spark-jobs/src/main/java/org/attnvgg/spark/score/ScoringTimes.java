package org.attnvgg.spark.score;

import java.io.Serializable;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;

/**
 * Where the tasks' time goes, in nanoseconds added up over all tasks.
 *
 * @param starting libtorch, and the network in it
 * @param loading waiting for images: reading and decoding
 * @param computing the network
 * @param writing all else: rows and their files
 * @param batchSizes images of a forward pass when a task ended, one a task
 */
record ScoringTimes(
        LongAccumulator starting,
        LongAccumulator loading,
        LongAccumulator computing,
        LongAccumulator writing,
        CollectionAccumulator<Integer> batchSizes)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** Accumulators at zero. */
    static ScoringTimes start(SparkContext context) {
        return new ScoringTimes(
                context.longAccumulator("starting, ns"),
                context.longAccumulator("loading, ns"),
                context.longAccumulator("computing, ns"),
                context.longAccumulator("writing, ns"),
                context.collectionAccumulator("batch sizes"));
    }

    /** Adds a task's time. */
    void add(PartitionScorer scorer, long nanos) {
        starting.add(scorer.startingNanos());
        loading.add(scorer.loadingNanos());
        computing.add(scorer.computingNanos());
        writing.add(nanos - scorer.startingNanos() - scorer.loadingNanos() - scorer.computingNanos());
        batchSizes.add(scorer.batchSize());
    }

    /** The shares in words: {@code 3 % starting, 7 % loading images, 87 % network, 3 % rows; batches of 8}. */
    @Override
    public String toString() {
        double all = Math.max(1, starting.sum() + loading.sum() + computing.sum() + writing.sum());
        return "%.0f %% starting, %.0f %% loading images, %.0f %% network, %.0f %% rows; batches of %s"
                .formatted(
                        100 * starting.sum() / all,
                        100 * loading.sum() / all,
                        100 * computing.sum() / all,
                        100 * writing.sum() / all,
                        batchSizes.value().stream()
                                .distinct()
                                .sorted()
                                .map(size -> Integer.toString(size))
                                .collect(Collectors.joining(" and ")));
    }
}
