package org.attnvgg.spark.job;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.LongAccumulator;
import scala.collection.JavaConverters;

/**
 * Progress of a Spark job whose tasks count what they do in an accumulator: what ended tasks counted, and what running
 * ones report with their executor's heartbeat.
 */
public final class SparkProgress extends SparkListener implements AutoCloseable {

    private static final long PERIOD_MILLIS = 500;

    private final SparkContext context;
    private final LongAccumulator done;
    private final long total;
    private final Console.Progress progress;
    private final ScheduledExecutorService timer;
    private final Map<Long, Long> running = new ConcurrentHashMap<>();

    private SparkProgress(SparkContext context, String task, long total, String unit, LongAccumulator done) {
        this.context = context;
        this.done = done;
        this.total = total;
        progress = Console.progress(task, total, unit);
        timer = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread thread = new Thread(runnable, "attnvgg-progress");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Shows the accumulator's value until it is closed. */
    public static SparkProgress start(
            SparkContext context, String task, long total, String unit, LongAccumulator done) {
        SparkProgress progress = new SparkProgress(context, task, total, unit, done);
        context.addSparkListener(progress);
        var unused =
                progress.timer.scheduleAtFixedRate(progress::show, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        return progress;
    }

    private void show() {
        long inTasks = running.values().stream().mapToLong(Long::longValue).sum();
        progress.at(Math.min(total, done.value() + inTasks));
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        JavaConverters.seqAsJavaList(update.accumUpdates())
                .forEach(task -> JavaConverters.seqAsJavaList(task._4()).forEach(value -> {
                    if (value.id() == done.id() && value.update().isDefined()) {
                        running.put((Long) task._1(), (Long) value.update().get());
                    }
                }));
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        running.remove(end.taskInfo().taskId());
    }

    @Override
    public void close() {
        context.removeSparkListener(this);
        timer.shutdownNow();
        show();
        progress.close();
    }
}
