package org.attnvgg.spark.score;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/** How many images are scored before they are committed: as many as take about the time that a setting asks for. */
final class PortionSize {

    /** A rest of less than this many portions is no portion of its own. */
    private static final double LAST_PORTION = 1.5;

    private final Optional<Duration> every;
    private final long unmeasured;
    private double imagesPerSecond;

    /**
     * Sizes of a night's portions.
     *
     * @param every time of a portion; none: all images are one
     * @param speed images per second of earlier runs, if there were any
     * @param unmeasured images of the first portion if there were none
     */
    PortionSize(Optional<Duration> every, OptionalDouble speed, long unmeasured) {
        this.every = every;
        this.unmeasured = unmeasured;
        imagesPerSecond = speed.orElse(0);
    }

    /** Size of the next portion where {@code left} images are left. */
    long of(long left) {
        if (every.isEmpty()) {
            return left;
        }
        double size = imagesPerSecond > 0 ? imagesPerSecond * every.get().toMillis() / 1000 : unmeasured;
        return left <= size * LAST_PORTION ? left : Math.max(1, Math.round(size));
    }

    /** What the last portion took, its commit included. */
    void took(long images, Duration time) {
        imagesPerSecond = images * 1000.0 / Math.max(1, time.toMillis());
    }
}
