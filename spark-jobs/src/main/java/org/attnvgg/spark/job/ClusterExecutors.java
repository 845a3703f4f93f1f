package org.attnvgg.spark.job;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.collection.JavaConverters;

/** The executors of a session, each of which runs one training task at a time. */
public final class ClusterExecutors {

    private static final String DRIVER = "driver";
    private static final long POLL_MILLIS = 200;

    /** How long no executor must have come when it is not known how many will. */
    private static final Duration SETTLED = Duration.ofSeconds(3);

    private final SparkContext context;
    private final SparkConf conf;
    private final boolean local;

    /** The executors of that session. */
    public ClusterExecutors(SparkContext context) {
        this.context = context;
        this.conf = context.conf();
        this.local = context.isLocal();
    }

    /** Whether Spark starts and ends executors as there is work. */
    public boolean areDynamic() {
        return !local && conf.getBoolean("spark.dynamicAllocation.enabled", false);
    }

    /** How many are there; embedded, the driver itself. */
    public int count() {
        return local ? 1 : registered().size();
    }

    /** How many tasks run at once: on those that are there, or on those that were asked for and may still come. */
    public int slots() {
        int taskCores = conf.getInt("spark.task.cpus", 1);
        int cores = local
                ? context.defaultParallelism()
                : registered().stream().mapToInt(ExecutorSummary::totalCores).sum();
        int coming = asked() * (conf.getInt("spark.executor.cores", 1) / taskCores);
        return Math.max(1, Math.max(cores / taskCores, coming));
    }

    private List<ExecutorSummary> registered() {
        List<ExecutorSummary> executors = new ArrayList<>(
                JavaConverters.seqAsJavaList(context.statusStore().executorList(true)));
        executors.removeIf(executor -> executor.id().equals(DRIVER));
        return executors;
    }

    /**
     * Waits until the executors that were asked for are there, and returns how many are.
     *
     * @param least how many are enough when the time is over
     * @throws JobException if fewer are, or they do not run one task each: it says what was asked, what there is, and
     *     which settings to change
     */
    public int await(int least, Duration time) {
        if (local || areDynamic()) {
            return count();
        }
        int asked = asked();
        long start = System.nanoTime();
        long changed = start;
        int there = 0;
        try (Console.Progress progress = Console.progress("waiting for executors", Math.max(asked, 1), "executors")) {
            while (asked > 0 ? there < asked : there < least || System.nanoTime() - changed < SETTLED.toNanos()) {
                if (System.nanoTime() - start > time.toNanos()) {
                    break;
                }
                Thread.sleep(POLL_MILLIS);
                int now = count();
                changed = now == there ? changed : System.nanoTime();
                there = now;
                progress.at(Math.min(there, Math.max(asked, 1)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JobException("interrupted while waiting for executors", e);
        }
        if (there < Math.max(1, least)) {
            throw tooFew(there, least, time);
        }
        requireOneTaskEach();
        return there;
    }

    /** How many executors the settings ask for; 0 if they do not say. */
    private int asked() {
        if (conf.contains("spark.executor.instances")) {
            return conf.getInt("spark.executor.instances", 0);
        }
        boolean divided = conf.contains("spark.cores.max") && conf.contains("spark.executor.cores");
        return divided ? conf.getInt("spark.cores.max", 0) / conf.getInt("spark.executor.cores", 1) : 0;
    }

    private JobException tooFew(int there, int least, Duration time) {
        List<String> settings = new ArrayList<>();
        for (String key : new String[] {
            "spark.executor.instances",
            "spark.executor.cores",
            "spark.cores.max",
            "spark.executor.memory",
            "spark.executor.memoryOverhead",
            "spark.executor.resource.gpu.amount"
        }) {
            if (conf.contains(key)) {
                settings.add(key + " = " + conf.get(key));
            }
        }
        return new JobException(
                ("%d executors came in %d s, at least %d must (train.min-executors). spark.master = %s was"
                                + " asked for: %s. Has it that many free cores, that memory and those GPUs on one worker? Ask for"
                                + " less, or wait longer with train.executor-wait")
                        .formatted(
                                there,
                                time.toSeconds(),
                                Math.max(1, least),
                                conf.get("spark.master"),
                                settings.isEmpty() ? "Spark's defaults" : String.join(", ", settings)));
    }

    private void requireOneTaskEach() {
        int taskCores = conf.getInt("spark.task.cpus", 1);
        for (ExecutorSummary executor : registered()) {
            if (executor.totalCores() / taskCores != 1) {
                throw new JobException(
                        ("executor %s on %s has %d cores and runs %d tasks at once with spark.task.cpus ="
                                        + " %d; training runs one on each executor: set spark.executor.cores and"
                                        + " spark.task.cpus to the same number")
                                .formatted(
                                        executor.id(),
                                        executor.hostPort(),
                                        executor.totalCores(),
                                        executor.totalCores() / taskCores,
                                        taskCores));
            }
        }
    }
}
