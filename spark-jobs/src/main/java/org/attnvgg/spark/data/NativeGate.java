package org.attnvgg.spark.data;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Native code runs behind this gate, which closes when the JVM ends. When a process ends, libtorch's and OpenCV's own
 * tables are taken down; a thread that still computes with them then crashes the process. So the last thing that the JVM does
 * is to wait for calls that are under way; later ones wait for ever.
 */
final class NativeGate {

    /** After all hooks of Spark (40) and of Hadoop's file systems (10). */
    private static final int PRIORITY = 1;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final ReadWriteLock GATE = new ReentrantReadWriteLock();

    static {
        try {
            ShutdownHookManager.get()
                    .addShutdownHook(NativeGate::close, PRIORITY, PATIENCE.toSeconds() + 10, TimeUnit.SECONDS);
        } catch (IllegalStateException e) {
            close(); // the JVM is ending already
        }
    }

    private NativeGate() {}

    /** Calls native code. */
    static <T> T call(Supplier<T> work) {
        GATE.readLock().lock();
        try {
            return work.get();
        } finally {
            GATE.readLock().unlock();
        }
    }

    /** Waits for what is under way, and lets nothing in any more. */
    @SuppressWarnings("LockNotBeforeTry") // never unlocked
    private static void close() {
        try {
            if (!GATE.writeLock().tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("attnvgg: native code did not end in " + PATIENCE.toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
