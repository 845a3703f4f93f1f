package org.attnvgg.spark.it;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.exceptions.YarnException;

/** A real YARN on this machine, to which jobs are submitted in cluster mode: their driver is its application master. */
final class YarnCluster implements AutoCloseable {

    private final Path folder;
    private final Process daemons;

    /** Starts it and waits until it can be asked. */
    YarnCluster(Path folder) throws IOException {
        this.folder = folder;
        daemons = java("daemons", YarnDaemons.class.getName(), folder.toString());
        Path configuration = folder.resolve(YarnDaemons.CONFIGURATION);
        Await.until("YARN to start, see " + folder.resolve("daemons.log"), () -> {
            if (!daemons.isAlive()) {
                throw new AssertionError(Files.readString(folder.resolve("daemons.log")));
            }
            return Files.exists(configuration);
        });
    }

    private Process java(String log, String... command) throws IOException {
        List<String> line =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(), "-Xmx512m"));
        line.addAll(List.of(Driver.QUICK_START.split(" ")));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .forEach(line::add);
        line.add("-cp");
        line.add(folder + File.pathSeparator + System.getProperty("java.class.path") + File.pathSeparator
                + Path.of("target/yarn").toAbsolutePath() + "/*");
        line.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(line).directory(folder.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("HADOOP_CONF_DIR", folder.toString());
        builder.environment().remove("SPARK_HOME");
        builder.redirectErrorStream(true)
                .redirectOutput(folder.resolve(log + ".log").toFile());
        return builder.start();
    }

    /**
     * How an application ended.
     *
     * @param attempts how often YARN started its driver
     * @param exitCode of {@code spark-submit}
     */
    record End(FinalApplicationStatus status, int attempts, int exitCode, String log) {}

    /** Submits the program with these settings of Spark, {@code key=value}, and waits for its end. */
    End submit(List<String> sparkSettings, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("org.apache.spark.deploy.SparkSubmit", "--master", "yarn"));
        command.addAll(List.of("--deploy-mode", "cluster", "--class", "org.attnvgg.spark.cli.Main"));
        List<String> settings = new ArrayList<>(List.of(
                "spark.yarn.jars=" + jars(),
                "spark.yarn.report.interval=200ms",
                "spark.yarn.stagingDir=" + folder.resolve("staging").toUri(),
                "spark.executor.instances=1",
                "spark.executor.cores=1",
                "spark.executor.memory=512m",
                "spark.driver.memory=512m",
                "spark.driver.extraJavaOptions=" + Driver.QUICK_START,
                "spark.sql.shuffle.partitions=1",
                "spark.ui.enabled=false"));
        settings.addAll(sparkSettings);
        settings.forEach(setting -> command.addAll(List.of("--conf", setting)));
        command.add(program().toString());
        command.addAll(List.of(arguments));
        int exitCode = java("submit", command.toArray(String[]::new)).waitFor();
        return end(exitCode, Files.readString(folder.resolve("submit.log")));
    }

    private End end(int exitCode, String log) throws IOException, YarnException {
        Configuration conf = new Configuration();
        conf.addResource(new org.apache.hadoop.fs.Path(
                folder.resolve(YarnDaemons.CONFIGURATION).toUri()));
        try (YarnClient client = YarnClient.createYarnClient()) {
            client.init(conf);
            client.start();
            ApplicationReport newest = client.getApplications().stream()
                    .max(Comparator.comparing(ApplicationReport::getApplicationId))
                    .orElseThrow(() -> new AssertionError("no application: " + log));
            int attempts =
                    client.getApplicationAttempts(newest.getApplicationId()).size();
            return new End(newest.getFinalApplicationStatus(), attempts, exitCode, log);
        }
    }

    /** Spark's jars, where the containers find them without a copy. */
    private static String jars() throws IOException {
        String spark = Files.readString(Path.of("target/spark.classpath")).strip();
        try (Stream<Path> copied = Files.list(Path.of("target/yarn").toAbsolutePath())) {
            List<String> yarn = copied.map(Path::toString)
                    .filter(jar -> jar.contains("spark-yarn"))
                    .toList();
            return Stream.concat(Arrays.stream(spark.split(File.pathSeparator, -1)), yarn.stream())
                    .map(jar -> "local:" + jar)
                    .collect(Collectors.joining(","));
        }
    }

    private static Path program() throws IOException {
        try (Stream<Path> built = Files.list(Path.of("target").toAbsolutePath())) {
            return built.filter(file -> file.toString().endsWith("-all.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Override
    public void close() {
        daemons.descendants().forEach(ProcessHandle::destroyForcibly);
        daemons.destroyForcibly();
    }
}
