package org.attnvgg.spark.it;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waiting in tests, never for ever. */
final class Await {

    private static final Duration LIMIT = Duration.ofMinutes(10);

    private Await() {}

    static void until(String what, Callable<Boolean> condition) {
        long end = System.nanoTime() + LIMIT.toNanos();
        try {
            while (!condition.call()) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("waited " + LIMIT.toSeconds() + " s for " + what);
                }
                Thread.sleep(20);
            }
        } catch (Exception e) {
            throw new AssertionError("while waiting for " + what, e);
        }
    }
}
