package org.attnvgg.spark.bench;

import java.util.Arrays;

/** Milliseconds of one thing done several times. */
record Timings(double[] millis) {

    /** Times something, after as many unmeasured runs to warm up as there are measured ones, up to ten. */
    static Timings of(int times, Runnable what) {
        for (int i = 0; i < Math.min(10, times); i++) {
            what.run();
        }
        double[] millis = new double[times];
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            what.run();
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        return new Timings(millis);
    }

    double median() {
        return median(millis);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    double least() {
        return Arrays.stream(millis).min().orElseThrow();
    }

    double most() {
        return Arrays.stream(millis).max().orElseThrow();
    }
}
