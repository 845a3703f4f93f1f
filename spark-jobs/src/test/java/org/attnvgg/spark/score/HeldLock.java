package org.attnvgg.spark.score;

import java.time.Duration;
import org.apache.hadoop.conf.Configuration;

/** Another run that is at work on tables, for as long as it is not closed. */
public final class HeldLock implements AutoCloseable {

    private final RunLock lock;

    private HeldLock(RunLock lock) {
        this.lock = lock;
    }

    /** Begins. */
    public static HeldLock take(String tables, Configuration hadoop, String runId) {
        return new HeldLock(RunLock.take(tables, hadoop, runId, Duration.ofSeconds(6)));
    }

    /** Fails if somebody has taken the tables over. */
    public void requireHeld() {
        lock.requireHeld();
    }

    @Override
    public void close() {
        lock.close();
    }
}
