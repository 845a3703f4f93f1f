package org.attnvgg.spark.score;

import ai.djl.Device;
import java.util.List;

/**
 * How many images a forward pass takes: a number that was set, or the quickest of a few, each tried on a batch of real
 * images. Shared by the tasks of an executor.
 */
final class BatchSize {

    /** Stands for: find out. */
    static final int AUTO = 0;

    private static final List<Integer> ON_CPU = List.of(4, 8, 16);
    private static final List<Integer> ON_GPU = List.of(32, 64, 128, 256);

    private final List<Integer> candidates;
    private int tried = -1; // the first batch only warms up
    private int best;
    private double bestNanos = Double.POSITIVE_INFINITY; // an image

    private BatchSize(List<Integer> candidates) {
        this.candidates = candidates;
        best = candidates.get(0);
    }

    /** That number, or {@link #AUTO}. */
    static BatchSize of(int size, Device device) {
        if (size != AUTO) {
            return new BatchSize(List.of(size));
        }
        return new BatchSize(device.isGpu() ? ON_GPU : ON_CPU);
    }

    /** The size of the next batch. */
    synchronized int next() {
        return found() ? best : candidates.get(Math.max(0, tried));
    }

    private boolean found() {
        return tried == candidates.size() || candidates.size() == 1;
    }

    /** A batch was scored in that time; one that was not full tells nothing. */
    synchronized void recordTime(int images, long nanos) {
        if (found() || images != next()) {
            return;
        }
        double each = (double) nanos / images;
        if (tried >= 0 && each < bestNanos) {
            best = images;
            bestNanos = each;
        }
        tried++;
    }
}
