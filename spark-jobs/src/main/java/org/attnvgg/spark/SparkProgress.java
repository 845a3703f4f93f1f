package org.attnvgg.spark;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.util.LongAccumulator;

/** Progress of a Spark job whose tasks count what they do in an accumulator, which the driver learns of as they end. */
public final class SparkProgress implements AutoCloseable {

    private static final long PERIOD_MILLIS = 500;

    private final Console.Progress progress;
    private final ScheduledExecutorService timer;

    private SparkProgress(Console.Progress progress, ScheduledExecutorService timer) {
        this.progress = progress;
        this.timer = timer;
    }

    /** Shows the accumulator's value until it is closed. */
    public static SparkProgress start(String task, long total, String unit, LongAccumulator done) {
        Console.Progress progress = Console.progress(task, total, unit);
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread thread = new Thread(runnable, "attnvgg-progress");
            thread.setDaemon(true);
            return thread;
        });
        var unused = timer.scheduleAtFixedRate(
                () -> progress.at(Math.min(total, done.value())), PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        return new SparkProgress(progress, timer);
    }

    @Override
    public void close() {
        timer.shutdownNow();
        progress.close();
    }
}
