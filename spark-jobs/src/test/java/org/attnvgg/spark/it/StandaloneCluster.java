package org.attnvgg.spark.it;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.job.SparkSessions;

/**
 * A real standalone cluster on this machine: a master and workers of one core each, processes of their own, started from
 * Spark's jars. Its drivers are started by the launcher, as a user starts them.
 */
final class StandaloneCluster implements AutoCloseable {

    private static final String HOST = "127.0.0.1";

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private final Path folder;
    private final String[] properties;
    private final Path sparkHome;
    private final int port;
    private final Process master;
    private final List<Process> workers = new ArrayList<>();

    /** Starts a master with these settings, {@code key value}, which workers get too, and waits until it listens. */
    StandaloneCluster(Path folder, String... properties) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.properties = properties;
        sparkHome = sparkHome(folder.resolve("spark"));
        port = freePort();
        master = spark(
                "master",
                List.of(
                        "org.apache.spark.deploy.master.Master",
                        "--host",
                        HOST,
                        "--port",
                        "" + port,
                        "--webui-port",
                        "" + freePort(),
                        "--properties-file",
                        properties("master")),
                Map.of());
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        awaitLog("master", "I have been elected leader");
    }

    /** Spark's jars, as a distribution has them: {@code jars/}. */
    static Path sparkHome(Path home) throws IOException {
        Path jars = Files.createDirectories(home.resolve("jars"));
        String classPath = Files.readString(Path.of("target/spark.classpath"));
        for (String jar : classPath.strip().split(File.pathSeparator, -1)) {
            Files.createSymbolicLink(jars.resolve(Path.of(jar).getFileName()), Path.of(jar));
        }
        return home;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private Process spark(String name, List<String> command, Map<String, String> environment) throws IOException {
        List<String> line =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(), "-Xmx256m"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .forEach(line::add);
        line.add("-Dspark.deploy.maxExecutorRetries=-1");
        line.add("-cp");
        line.add(sparkHome.resolve("jars") + "/*");
        line.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment().put("SPARK_HOME", sparkHome.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.12");
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** What a process has printed. */
    String log(String name) {
        return read(folder.resolve(name + ".log"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String properties(String name, String... more) throws IOException {
        List<String> all = Stream.concat(Stream.of(properties), Stream.of(more)).toList();
        return Files.write(folder.resolve(name + ".conf"), all).toString();
    }

    /** Starts so many workers of one core, and waits until they are registered. */
    StandaloneCluster withWorkers(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            String name = "worker" + workers.size();
            start(name, properties(name), Map.of());
        }
        return registered();
    }

    /** Starts so many workers that have a GPU each, by our discovery script and an nvidia-smi that says so. */
    StandaloneCluster withGpuWorkers(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            String name = "worker" + workers.size();
            Path tools = Files.createDirectories(folder.resolve(name + ".tools"));
            Path smi = Files.writeString(tools.resolve("nvidia-smi"), "#!/bin/sh\necho " + i + "\n");
            if (!smi.toFile().setExecutable(true)) {
                throw new IOException("cannot make " + smi + " executable");
            }
            String conf = properties(
                    name,
                    "spark.worker.resource.gpu.amount 1",
                    "spark.worker.resource.gpu.discoveryScript " + ROOT + "/conf/gpu-discovery.sh");
            start(name, conf, Map.of("PATH", tools + ":" + System.getenv("PATH")));
        }
        return registered();
    }

    private void start(String name, String conf, Map<String, String> environment) throws IOException {
        workers.add(spark(
                name,
                List.of(
                        "org.apache.spark.deploy.worker.Worker",
                        "--host",
                        HOST,
                        "--webui-port",
                        "" + freePort(),
                        "-c",
                        "1",
                        "-m",
                        "1g",
                        "-d",
                        folder.resolve(name).toString(),
                        "--properties-file",
                        conf,
                        url()),
                environment));
    }

    private StandaloneCluster registered() {
        for (int i = 0; i < workers.size(); i++) {
            awaitLog("worker" + i, "Successfully registered with master");
        }
        return this;
    }

    /** Waits until a process has printed something; if it does not, nothing of the cluster stays. */
    private void awaitLog(String name, String text) {
        try {
            Await.until(name + " to print '" + text + "'", () -> log(name).contains(text));
        } catch (AssertionError e) {
            close();
            throw e;
        }
    }

    /** What drivers call the master by. */
    String url() {
        return "spark://" + HOST + ":" + port;
    }

    /** Starts a job on so many executors of one core, by a launcher of {@code submit/}. */
    Driver submit(String launcher, String name, int executors, String javaOptions, String[] arguments)
            throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        executorSettings(executors).forEach((key, value) -> all.add(key + "=" + value));
        return Driver.start(launcher, folder.resolve(name + ".log"), all, javaOptions);
    }

    /** The same with no options of Java. */
    Driver submit(String launcher, String name, int executors, String... arguments) throws IOException {
        return submit(launcher, name, executors, "", arguments);
    }

    /**
     * A session on so many executors of one core, whose driver is this JVM; it takes the place of the one that ran. Its
     * executors stay from job to job.
     *
     * @param more settings, {@code key=value}
     */
    SparkSession session(int executors, String... more) throws IOException {
        SparkSession.getActiveSession().foreach(running -> {
            running.stop();
            return null;
        });
        Map<String, String> settings = executorSettings(executors);
        for (String one : more) {
            settings.put(one.substring(0, one.indexOf('=')), one.substring(one.indexOf('=') + 1));
        }
        return SparkSessions.start("tests", settings);
    }

    private Map<String, String> executorSettings(int executors) throws IOException {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spark.master", url());
        settings.put("spark.driver.host", HOST);
        settings.put("spark.driver.bindAddress", HOST);
        settings.put("spark.ui.enabled", "false");
        settings.put("spark.executor.cores", "1");
        settings.put("spark.task.cpus", "1");
        settings.put("spark.executor.memory", "700m");
        settings.put("spark.cores.max", Integer.toString(executors));
        settings.put("spark.executor.extraJavaOptions", Driver.QUICK_START);
        // The native libraries are on this machine: no need to ship them.
        settings.put("spark.jars", programJar().toString());
        settings.put("spark.executor.extraClassPath", Path.of("target/native").toAbsolutePath() + "/*");
        return settings;
    }

    /** The program with what it brings, without native libraries. */
    static Path programJar() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            return files.filter(file -> file.toString().endsWith("-all.jar"))
                    .findFirst()
                    .orElseThrow()
                    .toAbsolutePath();
        }
    }

    /** The processes of the newest application's executors, the oldest first. */
    List<ProcessHandle> executors() {
        List<ProcessHandle> all = workers.stream()
                .flatMap(worker -> worker.toHandle().descendants())
                .filter(process -> !application(process).isEmpty())
                .sorted(Comparator.comparing(
                        process -> process.info().startInstant().orElseThrow()))
                .toList();
        String newest = all.stream()
                .map(StandaloneCluster::application)
                .max(Comparator.naturalOrder())
                .orElse("");
        return all.stream()
                .filter(process -> application(process).equals(newest))
                .toList();
    }

    /** What an executor has printed. */
    String output(ProcessHandle executor) {
        return IntStream.range(0, workers.size())
                .mapToObj(i -> folder.resolve("worker" + i)
                        .resolve(application(executor))
                        .resolve(id(executor)))
                .map(path -> path.resolve("stdout"))
                .filter(Files::exists)
                .map(StandaloneCluster::read)
                .findFirst()
                .orElse("");
    }

    /** What Spark calls an executor. */
    static String id(ProcessHandle executor) {
        return argument(executor, "--executor-id");
    }

    /** The id of the application whose executor this process is; empty if it is none. */
    private static String application(ProcessHandle process) {
        return argument(process, "--app-id");
    }

    private static String argument(ProcessHandle process, String name) {
        List<String> arguments = List.of(process.info().arguments().orElse(new String[0]));
        int at = arguments.indexOf(name);
        return at < 0 ? "" : arguments.get(at + 1);
    }

    /** Kills the workers but the first so many, and their executors with them. */
    void killWorkersBut(int first) {
        for (Process worker : workers.subList(first, workers.size())) {
            List<ProcessHandle> executors = worker.descendants().toList();
            worker.destroyForcibly();
            executors.forEach(ProcessHandle::destroyForcibly);
        }
        workers.subList(first, workers.size()).clear();
    }

    @Override
    public void close() {
        Stream.concat(Stream.of(master), workers.stream()).forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }
}
