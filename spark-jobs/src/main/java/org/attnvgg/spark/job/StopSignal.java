package org.attnvgg.spark.job;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Whether the process was told to end. A job that can end in good order says so by {@link #heed}, asks {@link
 * #isRequested} between two pieces of work, and then throws a {@link StoppedException}. The JVM waits for it before Spark
 * and file systems are closed. A job that does not heed the signal is ended at once, as ever.
 */
public final class StopSignal implements AutoCloseable {

    /** Hooks of a higher priority run earlier. Spark's has 40, those of Hadoop's file systems 10. */
    private static final int PRIORITY = 100;

    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean heeded;
    private volatile boolean requested;
    private Runnable hook;

    /** A signal that only {@link #request} gives. */
    public StopSignal() {}

    /**
     * A signal that SIGTERM and SIGINT give, until it is closed.
     *
     * @param patience how long the JVM waits at most for a job that heeds the signal
     */
    public static StopSignal onShutdown(Duration patience) {
        StopSignal signal = new StopSignal();
        signal.hook = () -> signal.stop(patience);
        // Hadoop interrupts a hook that takes longer than its own limit.
        long limit = patience.plusSeconds(10).toMillis();
        ShutdownHookManager.get().addShutdownHook(signal.hook, PRIORITY, limit, TimeUnit.MILLISECONDS);
        return signal;
    }

    private void stop(Duration patience) {
        request();
        try {
            if (heeded) {
                Console.line("told to stop: what is under way is finished first");
            }
            if (heeded && !over.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                Console.warn("the job did not end in %d s after it was told to stop".formatted(patience.toSeconds()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From now on the job asks for the signal, and the JVM waits for its end. */
    public void heed() {
        heeded = true;
    }

    /** Tells the job to stop. */
    public void request() {
        requested = true;
    }

    /** Whether the job was told to stop. */
    public boolean isRequested() {
        return requested;
    }

    /** The job is over, and has said all that it has to say. */
    @Override
    public void close() {
        over.countDown();
        if (hook != null && !ShutdownHookManager.get().isShutdownInProgress()) {
            try {
                ShutdownHookManager.get().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The shutdown began just now: the hook finds that the job is over.
                return;
            }
        }
    }
}
