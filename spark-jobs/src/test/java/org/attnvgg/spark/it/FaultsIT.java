package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.it.HeldFiles.Hold;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.preflight.PreflightJob;
import org.attnvgg.spark.train.TrainJob;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What happens to clusters happens to training on one; the weights are those of an undisturbed run, bit for bit. Processes are
 * killed while the driver stands still at a checkpoint, or waits for what they have not done, not after a while.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FaultsIT {

    private static final int TOGETHER = 1; // tests that share a session's executors, one after the other

    private static TrainingCluster shared;
    private static SparkSession session; // of these tests, while it runs

    @TempDir
    private static Path folder;

    @BeforeAll
    static void start() throws IOException {
        shared = TrainingCluster.in(folder);
    }

    @AfterAll
    static void stop() {
        stopSession();
        if (shared != null) {
            shared.close();
        }
    }

    /**
     * Four executors, on which Spark gives a job up at its first failure, so that it is started again. All have loaded libtorch,
     * those too that replace killed ones, and take part in training from its first step.
     */
    private static SparkSession fourExecutors() throws IOException {
        if (session == null) {
            session = shared.cluster().session(4, HeldFiles.SETTING, "spark.task.maxFailures=1");
        }
        Settings settings = LocalSpark.settings("train.device", "cpu", "preflight.paths", folder);
        new PreflightJob(new JobContext(session, settings, false)).run();
        return session;
    }

    private static void stopSession() {
        if (session != null) {
            session.stop();
        }
    }

    /** Settings of a run that writes a checkpoint after every second step, where it can be held. */
    private static String[] training(String name, String... more) {
        String[] held = {"train.checkpoints=held:" + folder.resolve(name + ".checkpoints"), "train.checkpoint-steps=2"};
        return shared.images()
                .training(
                        folder.resolve(name),
                        Stream.of(held, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private static void assertUndisturbed(RunningJob training, String name) throws IOException {
        shared.assertUndisturbed(folder.resolve(name), training.await());
    }

    private static void signal(String name, ProcessHandle process) throws IOException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .onExit()
                .join();
    }

    @Test
    @Order(TOGETHER)
    void fourShardsOnFourExecutorsGiveTheSameWeights() throws IOException {
        try (RunningJob training = RunningJob.train(fourExecutors(), training("four"))) {
            assertUndisturbed(training, "four");
            assertThat(training.output()).doesNotContain("lost its connection");
        }
    }

    @Test
    @Order(TOGETHER)
    void aKilledExecutorsWorkMovesAndTrainingGoesOnAtTheCurrentStep() throws IOException {
        try (Hold hold = HeldFiles.at("epoch-0001-step-000002.safetensors");
                RunningJob training = RunningJob.train(fourExecutors(), training("killed"))) {
            ProcessHandle executor = stopOne(training, hold);
            String lost = lost(executor, "lost its connection");
            executor.destroyForcibly();
            assertUndisturbed(training, "killed");
            assertThat(training.output()).containsPattern(lost).doesNotContain("from a checkpoint");
        }
    }

    @Test
    @Order(TOGETHER)
    void aFrozenExecutorIsNamedAndItsWorkMoves() throws IOException {
        String[] settings = training("frozen", "train.heartbeat-timeout=10");
        try (Hold hold = HeldFiles.at("epoch-0001-step-000002.safetensors");
                RunningJob training = RunningJob.train(fourExecutors(), settings)) {
            ProcessHandle executor = stopOne(training, hold);
            String lost = lost(executor, "gave no sign of life for \\d+ s \\(train.heartbeat-timeout\\)");
            try {
                Await.until(
                        "a warning",
                        () -> Pattern.compile(lost).matcher(training.output()).find());
            } finally {
                executor.destroyForcibly();
            }
            assertUndisturbed(training, "frozen");
        }
    }

    private static String lost(ProcessHandle executor, String why) {
        return "WARNING: executor %s on 127.0.0.1 %s; it had shards \\d(, \\d)* of epoch 1, step 3, which others take over"
                .formatted(StandaloneCluster.id(executor), why);
    }

    /** Freezes an executor between two steps, and lets the driver go on until it waits for what that does not do. */
    private static ProcessHandle stopOne(RunningJob training, Hold hold) throws IOException {
        training.awaitHeld(hold);
        ProcessHandle executor = shared.cluster().executors().get(0);
        signal("STOP", executor);
        hold.release();
        training.awaitOpenStep();
        return executor;
    }

    @Test
    void anExecutorLostForGoodLeavesItsShardsToTheRest() throws IOException {
        try (StandaloneCluster small = new StandaloneCluster(folder.resolve("small")).withWorkers(2)) {
            session = small.session(2, HeldFiles.SETTING);
            try (Hold hold = HeldFiles.at("epoch-0001-step-000002.safetensors");
                    RunningJob training = RunningJob.train(session, training("lost"))) {
                training.awaitHeld(hold);
                small.killWorkersBut(1);
                hold.release();
                assertUndisturbed(training, "lost");
                assertThat(training.output()).containsPattern("WARNING: executor \\d on 127.0.0.1 lost its connection");
            } finally {
                session.stop();
            }
        }
    }

    @Test
    void aKilledDriverGoesOnFromItsLastCheckpoint() throws IOException {
        stopSession(); // gives its executors' cores back
        String[] settings = shared.images().training(folder.resolve("resumed"), "train.checkpoint-steps=5");
        try (Driver driver = submit("resumed-killed", Breakpoint.JAVA_OPTION, settings)) {
            // It writes three in the first epoch, the last at its end, and one in the second.
            Breakpoint.awaitEntry(driver::output, "org.attnvgg.spark.train.CheckpointSchedule", "write", 5);
            driver.kill();
        }
        assertThat(folder.resolve("resumed")).doesNotExist();
        assertThatThrownBy(() -> trainEmbedded(shared.images().training(folder.resolve("resumed"), "model.width=0.25")))
                .isInstanceOf(JobException.class)
                .hasMessageMatching(
                        "checkpoint .*epoch-0002-step-.*: model.width was 0.125 and is now 0.25; put it back.*");
        try (Driver driver = submit("resumed", "", settings)) {
            assertThat(driver.await()).as(driver.output()).isZero();
            assertThat(driver.output()).contains("going on from a checkpoint: epoch 2, step ");
            shared.assertUndisturbed(folder.resolve("resumed"), driver.output());
        }
    }

    @Test
    void aDriverThatIsToldToStopFinishesItsStepAndGoesOnFromThere() throws IOException {
        Path out = folder.resolve("stopped");
        List<String> arguments = Stream.concat(
                        Stream.of("train", "spark.master=local[1]"),
                        Stream.of(shared.images().training(out)))
                .toList();
        Path log = folder.resolve("stopped.log");
        try (Driver driver = Driver.start("attnvgg", log, arguments, Breakpoint.JAVA_OPTION)) {
            Breakpoint.atEntry(driver::output, "org.attnvgg.spark.train.Trainer", "update", 3, () -> {
                driver.process().toHandle().destroy();
                driver.awaitOutput("told to stop: what is under way is finished first");
            });
            assertThat(driver.await()).as(driver.output()).isEqualTo(143);
            Path checkpoint = folder.resolve("stopped.checkpoints/epoch-0001-step-000003.safetensors");
            assertThat(checkpoint).isRegularFile();
            assertThat(driver.output())
                    .containsPattern("attnvgg: stopped: epoch 1, after 3 of \\d+ steps; all of it is in the checkpoint "
                            + checkpoint + ": the same command, with train.resume=true, goes on from there\n")
                    .doesNotContain("SIGSEGV", "\tat ");
        }
        assertThat(out).doesNotExist();
        try (Driver driver = Driver.start("attnvgg", folder.resolve("stopped-resumed.log"), arguments)) {
            assertThat(driver.await()).as(driver.output()).isZero();
            assertThat(driver.output()).contains("going on from a checkpoint: epoch 1, step 4");
            shared.assertUndisturbed(out, driver.output());
        }
    }

    private static Driver submit(String name, String javaOptions, String... settings) throws IOException {
        String[] arguments =
                Stream.concat(Stream.of("train"), Stream.of(settings)).toArray(String[]::new);
        return shared.cluster().submit("attnvgg", name, 2, javaOptions, arguments);
    }

    private static void trainEmbedded(String... settings) {
        Settings checked = Settings.load(Optional.empty(), List.of(settings));
        new TrainJob(new JobContext(LocalSpark.session(), checked, false)).run();
    }

    /** Trains in a session of its own. */
    private static void assertUndisturbedOn(StandaloneCluster cluster, String name, int executors, String... conf)
            throws IOException {
        Path out = folder.resolve(name);
        session = cluster.session(executors, conf);
        try (RunningJob training = RunningJob.train(session, shared.images().training(out))) {
            shared.assertUndisturbed(out, training.await());
        } finally {
            session.stop();
        }
    }

    @Test
    void fourShardsOnOneExecutorGiveTheSameWeightsAndSparksMetricsShowTheEpochs() throws IOException {
        Path metrics = Files.createDirectories(folder.resolve("metrics"));
        String csv = "spark.metrics.conf.driver.sink.csv.";
        assertUndisturbedOn(
                shared.cluster(),
                "one",
                1,
                csv + "class=org.apache.spark.metrics.sink.CsvSink",
                csv + "directory=" + metrics);
        assertThat(lastValue(metrics, "epoch")).isEqualTo("2.0");
        assertThat(lastValue(metrics, "learning_rate")).isEqualTo("0.001");
        assertThat(Double.parseDouble(lastValue(metrics, "roc_auc"))).isGreaterThan(0.9);
    }

    private static String lastValue(Path metrics, String name) throws IOException {
        try (Stream<Path> files = Files.list(metrics)) {
            Path csv = files.filter(file -> file.toString().endsWith(".attnvgg." + name + ".csv"))
                    .findFirst()
                    .orElseThrow();
            List<String> lines = Files.readAllLines(csv);
            return lines.get(lines.size() - 1).split(",", -1)[1];
        }
    }

    @Test
    void executorsThatSparkAddsAsThereIsWorkTakePart() throws IOException {
        assertUndisturbedOn(
                shared.cluster(),
                "dynamic",
                2,
                "spark.dynamicAllocation.enabled=true",
                "spark.dynamicAllocation.shuffleTracking.enabled=true",
                "spark.dynamicAllocation.minExecutors=0",
                "spark.dynamicAllocation.maxExecutors=2");
    }

    @Test
    void anAuthenticatedAndEncryptedClusterGivesTheSameWeights() throws IOException {
        String[] secured = {
            "spark.authenticate=true", "spark.authenticate.secret=shared", "spark.network.crypto.enabled=true"
        };
        String[] properties =
                Stream.of(secured).map(one -> one.replace('=', ' ')).toArray(String[]::new);
        try (StandaloneCluster safe = new StandaloneCluster(folder.resolve("safe"), properties)) {
            assertUndisturbedOn(safe.withWorkers(2), "secured", 2, secured);
        }
    }
}
