package org.attnvgg.spark.preflight;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.spark.config.DeviceChoice;
import org.attnvgg.spark.config.PreflightSettings;
import org.attnvgg.spark.job.ClusterExecutors;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/**
 * {@code preflight}: loads libtorch on every executor at once, looks at devices, memory and paths, and prints a table. Fails
 * if something would stop a training run.
 */
public final class PreflightJob {

    private final JavaSparkContext context;
    private final PreflightSettings settings;

    /** The job of that run. */
    public PreflightJob(JobContext run) {
        context = JavaSparkContext.fromSparkContext(run.spark().sparkContext());
        settings = run.settings().as(PreflightSettings.class);
    }

    /** Runs the job. */
    public void run() {
        ClusterExecutors executors = new ClusterExecutors(context.sc());
        if (executors.areDynamic()) {
            throw new JobException("preflight looks at all executors at once, but with"
                    + " spark.dynamicAllocation.enabled=true their number varies: set it to false, and"
                    + " spark.executor.instances to how many to look at");
        }
        int count = executors.await(
                settings.cluster().minExecutors(), settings.cluster().executorWait());
        List<ExecutorReport> reports = new ArrayList<>(reports(count));
        reports.sort(Comparator.comparing(ExecutorReport::host).thenComparing(ExecutorReport::executor));
        show(reports);
        long broken =
                reports.stream().filter(report -> !report.problems().isEmpty()).count();
        if (broken > 0) {
            throw new JobException("%d of %d executors are not fit for training, see above".formatted(broken, count));
        }
        Console.line("%d executors are fit for training", count);
    }

    /** One report of each executor: a barrier stage runs all of its tasks at once, and each fills an executor. */
    private List<ExecutorReport> reports(int count) {
        context.setJobGroup("preflight", "look at " + count + " executors", true);
        Look look = new Look(
                settings.cluster().device(),
                settings.paths(),
                new SerializableConfiguration(context.hadoopConfiguration()));
        return context.parallelize(IntStream.range(0, count).boxed().toList(), count)
                .rdd()
                .barrier()
                .mapPartitions(look, false, ClassTag$.MODULE$.<ExecutorReport>apply(ExecutorReport.class))
                .toJavaRDD()
                .collect();
    }

    private static final class Look extends AbstractFunction1<Iterator<Integer>, Iterator<ExecutorReport>>
            implements Serializable {

        private static final long serialVersionUID = 1;

        private final DeviceChoice device;
        private final List<String> paths;
        private final SerializableConfiguration hadoop;

        Look(DeviceChoice device, List<String> paths, SerializableConfiguration hadoop) {
            this.device = device;
            this.paths = paths;
            this.hadoop = hadoop;
        }

        @Override
        public Iterator<ExecutorReport> apply(Iterator<Integer> numbers) {
            return JavaConverters.asScalaIterator(
                    List.of(ExecutorReport.here(device, paths, hadoop.value())).iterator());
        }
    }

    private void show(List<ExecutorReport> reports) {
        String format = "%-9s %-20s %-10s %5s %10s %12s %-12s %-9s %-34s %-11s %8s %-7s";
        Console.line(
                format,
                "executor",
                "host",
                "java",
                "cores",
                "heap MiB",
                "overhead MiB",
                "glibc",
                "libtorch",
                "from",
                "Spark GPUs",
                "its GPUs",
                "device");
        for (ExecutorReport report : reports) {
            Console.line(
                    format,
                    report.executor(),
                    report.host(),
                    report.jvm(),
                    report.cores(),
                    report.heapMebibytes(),
                    overhead(context.getConf()),
                    report.glibc(),
                    report.libtorch(),
                    new Path(report.library()).getName(),
                    report.gpusOfSpark().isEmpty() ? "none" : String.join(",", report.gpusOfSpark()),
                    report.gpusOfLibtorch(),
                    report.device());
        }
        reports.stream().map(ExecutorReport::library).distinct().forEach(path -> Console.line("libtorch in %s", path));
        reports.forEach(report ->
                report.problems().forEach(problem -> Console.warn("executor " + report.executor() + ": " + problem)));
    }

    /** What the cluster manager allows an executor beyond its heap. */
    private static String overhead(SparkConf conf) {
        if (conf.get("spark.master").startsWith("spark://")
                || conf.get("spark.master").startsWith("local")) {
            return "no limit";
        }
        return conf.get("spark.executor.memoryOverhead", "default");
    }
}
