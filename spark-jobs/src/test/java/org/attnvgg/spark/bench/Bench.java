package org.attnvgg.spark.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.SparkSessions;

/**
 * Measures a part of the program, always beside a peer or a floor in the same run: {@code ./mvnw -q test-compile exec:exec@bench
 * -Dbench.args="score images=DIR"}. The first argument is the benchmark, the others are options of {@link
 * BenchOptions} and Spark's own settings.
 */
public final class Bench {

    private Bench() {}

    /** Runs a benchmark. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length == 0) {
            throw new IllegalArgumentException("expected exchange, memory, score or train, then key=value ...");
        }
        List<String> own = new ArrayList<>(List.of(arguments).subList(1, arguments.length));
        List<String> sparks =
                own.stream().filter(option -> option.startsWith("spark.")).toList();
        own.removeAll(sparks);
        BenchOptions options = BenchOptions.of(own);
        Settings settings = Settings.load(Optional.empty(), sparks);
        try (SparkSession spark = SparkSessions.start("train", sparkSettings(settings))) {
            JobContext run = new JobContext(spark, settings, true);
            switch (arguments[0]) {
                case "exchange" -> new ExchangeBench(run, options).run();
                case "memory" -> new MemoryBench(options).run();
                case "score" -> new ScoreBench(run, options).run();
                case "train" -> new TrainBench(run, options).run();
                default ->
                    throw new IllegalArgumentException(arguments[0] + " is none of exchange, memory, score, train");
            }
        }
    }

    /** Executors of a local cluster have the same class path, and a Spark home in which they need nothing. */
    private static Map<String, String> sparkSettings(Settings settings) throws IOException {
        Map<String, String> all = new TreeMap<>(settings.sparkSettings());
        if (all.getOrDefault("spark.master", "").startsWith("local-cluster")) {
            Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
            all.put("spark.executor.extraClassPath", System.getProperty("java.class.path"));
        }
        return all;
    }
}
