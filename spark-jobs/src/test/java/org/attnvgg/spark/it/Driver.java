package org.attnvgg.spark.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A driver that the launcher started: {@code submit/attnvgg JOB ...}. */
record Driver(Process process, Path log) implements AutoCloseable {

    /** Options of short-lived JVMs: they compile less, and compute the same. */
    static final String QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

    private static final Path LAUNCHERS = Path.of("../submit").toAbsolutePath().normalize();

    static Driver start(String launcher, Path log, List<String> arguments) throws IOException {
        return start(launcher, log, arguments, "");
    }

    /** Likewise, with further options of Java. */
    static Driver start(String launcher, Path log, List<String> arguments, String javaOptions) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(LAUNCHERS.resolve(launcher).toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(log.toFile());
        builder.environment().remove("SPARK_HOME");
        builder.environment().put("ATTNVGG_MEMORY", "1g");
        builder.environment().put("ATTNVGG_JAVA_OPTIONS", QUICK_START + " " + javaOptions);
        return new Driver(builder.start(), log);
    }

    /** What it has printed. */
    String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has printed something. */
    Driver awaitOutput(String text) {
        Await.until("the driver to print '" + text + "'; it printed:\n" + output(), () -> output().contains(text));
        return this;
    }

    /** Waits for its end; returns the exit code. */
    int await() {
        try {
            if (!process.waitFor(10, TimeUnit.MINUTES)) {
                throw new AssertionError("the driver did not end; it printed:\n" + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** As {@code kill -9} of it. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public void close() {
        kill();
    }
}
