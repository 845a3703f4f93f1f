package org.attnvgg.spark.job;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.SparkSession;

/**
 * The Spark session of a job. Under {@code spark-submit} its settings stand; embedded, Spark runs in this JVM on all
 * cores. In jobs that train or score, one task has an executor to itself, because DJL has one gradient collector in a JVM and
 * libtorch spreads one operation over the task's cores. In all others a task has one core.
 */
public final class SparkSessions {

    /** How executors keep libtorch's arrays: what the launcher sets for its own JVM. */
    private static final String GLIBC_TUNABLES = "GLIBC_TUNABLES";

    /** The program's own jars, with commas between them: the launcher knows. */
    private static final String JARS = "attnvgg.jars";

    /**
     * For s3a:// paths: S3A's magic committer, which lets files appear when a write is done without renaming them, and enough
     * connections for many small images at once. Other file systems are committed as ever. Credentials are none of our
     * business: AWS's chain finds them.
     */
    static final Map<String, String> OBJECT_STORE = Map.of(
            "spark.hadoop.fs.s3a.committer.name", "magic",
            "spark.hadoop.fs.s3a.committer.magic.enabled", "true",
            "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a",
                    "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
            "spark.sql.sources.commitProtocolClass", "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
            "spark.sql.parquet.output.committer.class",
                    "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter",
            "spark.hadoop.fs.s3a.connection.maximum", "256",
            "spark.hadoop.fs.s3a.threads.max", "64");

    /** Jobs that do not compute with libtorch in tasks. */
    private static final Set<String> WITHOUT_TORCH = Set.of("prepare", "repair", "report", "sql");

    private static final String EXTENSIONS_KEY = "spark.sql.extensions";

    /** The functions on attention maps, by the name that any other program gives too. */
    private static final String EXTENSIONS = "org.attnvgg.spark.sql.AttnVggExtensions";

    private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\*|\\d+)(?:,\\d+)?])?");

    /** Number of executors, cores and MiB of each. */
    private static final Pattern EMBEDDED_CLUSTER = Pattern.compile("local-cluster\\[\\d+,\\s*(\\d+),\\s*\\d+]");

    private SparkSessions() {}

    /** Does the work in a session. It ends with the work, unless it was there before: then it is a notebook's or another program's. */
    public static void with(String job, Map<String, String> sparkSettings, Consumer<SparkSession> work) {
        boolean joins = SparkEnv.get() != null;
        SparkSession spark = start(job, sparkSettings);
        try {
            work.accept(spark);
        } finally {
            if (!joins) {
                spark.close();
            }
        }
    }

    /** Starts the session, or joins the one that runs. */
    public static SparkSession start(String job, Map<String, String> sparkSettings) {
        SparkConf conf = new SparkConf();
        sparkSettings.forEach(conf::set);
        conf.setIfMissing("spark.app.name", "attnvgg " + job);
        conf.setIfMissing("spark.master", "local[*]");
        conf.setIfMissing("spark.sql.session.timeZone", "UTC");
        conf.setIfMissing("spark.sql.parquet.compression.codec", "zstd");
        // Spark's default, INT96, has no statistics, and other engines read it for old times' sake only.
        conf.setIfMissing("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS");
        // Weights are nearly all that is broadcast, and they hardly become smaller.
        conf.setIfMissing("spark.broadcast.compress", "false");
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        OwnDefaults.set(conf);
        int localCores = localCores(conf.get("spark.master"));
        if (localCores > 0) {
            requireNoGpuResources(conf);
            if (!WITHOUT_TORCH.contains(job)) {
                conf.setIfMissing("spark.task.cpus", Integer.toString(localCores));
            }
            conf.setIfMissing("spark.sql.shuffle.partitions", Integer.toString(localCores));
            conf.setIfMissing("spark.driver.host", "127.0.0.1");
            conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
            conf.setIfMissing("spark.hadoop.fs.file.impl", LocalFiles.class.getName());
            conf.setIfMissing("spark.broadcast.checksum", "false"); // broadcasts stay in this JVM
        } else {
            Matcher embedded = EMBEDDED_CLUSTER.matcher(conf.get("spark.master"));
            if (embedded.matches()) {
                conf.setIfMissing("spark.executor.cores", embedded.group(1));
            }
            if (conf.contains("spark.executor.cores") && !WITHOUT_TORCH.contains(job)) {
                conf.setIfMissing("spark.task.cpus", conf.get("spark.executor.cores"));
            }
            if (System.getenv(GLIBC_TUNABLES) != null) {
                conf.setIfMissing("spark.executorEnv." + GLIBC_TUNABLES, System.getenv(GLIBC_TUNABLES));
            }
            // Embedded as a cluster's driver, executors get the program from here; spark-submit sees to it itself.
            if (!System.getProperty(JARS, "").isEmpty()) {
                conf.setIfMissing("spark.jars", System.getProperty(JARS));
            }
        }
        OBJECT_STORE.forEach(conf::setIfMissing);
        String others = conf.get(EXTENSIONS_KEY, "");
        if (!others.contains(EXTENSIONS)) {
            conf.set(EXTENSIONS_KEY, others.isEmpty() ? EXTENSIONS : others + "," + EXTENSIONS);
        }
        return SparkSession.builder().config(conf).getOrCreate();
    }

    private static void requireNoGpuResources(SparkConf conf) {
        for (String key : new String[] {"spark.task.resource.gpu.amount", "spark.executor.resource.gpu.amount"}) {
            if (conf.contains(key)) {
                throw new JobException(key + " = " + conf.get(key) + " with spark.master = " + conf.get("spark.master")
                        + ": Spark assigns no GPUs in local mode and would wait for ever; leave the key out, or use a"
                        + " cluster");
            }
        }
    }

    /** Cores of a local master, or 0 for a cluster. */
    static int localCores(String master) {
        Matcher matcher = LOCAL.matcher(master);
        if (!matcher.matches()) {
            return 0;
        }
        String cores = matcher.group(1);
        if (cores == null) {
            return 1;
        }
        return cores.equals("*") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(cores);
    }
}
