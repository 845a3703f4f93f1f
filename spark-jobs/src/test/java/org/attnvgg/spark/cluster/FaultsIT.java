package org.attnvgg.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to clusters happens to training on one; the weights are those of an undisturbed run, bit for bit. */
class FaultsIT {

    @TempDir
    private static Path folder;

    private static ClusterPictures pictures;
    private static StandaloneCluster cluster;
    private static Path undisturbed;

    @BeforeAll
    static void start() throws IOException {
        pictures = ClusterPictures.in(folder.resolve("pictures"));
        undisturbed = folder.resolve("undisturbed");
        List<String> embedded = List.of("train", "spark.master=local[1]");
        List<String> settings = List.of(pictures.training(undisturbed));
        try (Driver driver = Driver.start(
                "attnvgg",
                folder.resolve("undisturbed.log"),
                Stream.of(embedded, settings).flatMap(List::stream).toList())) {
            assertThat(driver.await()).as(driver.output()).isZero();
        }
        cluster = new StandaloneCluster(folder).withWorkers(4);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static Driver train(String name, int executors, String... more) throws IOException {
        return submit(cluster, name, executors, more);
    }

    private static Driver submit(StandaloneCluster cluster, String name, int executors, String... more)
            throws IOException {
        String[] settings = pictures.training(folder.resolve(name), more);
        return cluster.submit(
                "attnvgg",
                name,
                executors,
                Stream.concat(Stream.of("train"), Stream.of(settings)).toArray(String[]::new));
    }

    /** Waits until a run is in the middle of an epoch: it has written a checkpoint of a step. */
    private static void awaitMidEpoch(Driver driver, String name, int epoch) {
        Path checkpoints = folder.resolve(name + ".checkpoints");
        String prefix = "epoch-%04d-step-".formatted(epoch);
        Await.until("a checkpoint of epoch " + epoch, () -> {
            assertThat(driver.process().isAlive()).as(driver.output()).isTrue();
            if (!Files.isDirectory(checkpoints)) {
                return false;
            }
            try (Stream<Path> files = Files.list(checkpoints)) {
                return files.map(file -> file.getFileName().toString())
                        .anyMatch(file -> file.startsWith(prefix) && !file.contains("step-000000"));
            }
        });
    }

    private static void assertUndisturbed(Driver driver, String name) throws IOException {
        assertThat(driver.await()).as(driver.output()).isZero();
        assertThat(Files.mismatch(
                        folder.resolve(name).resolve("model.safetensors"), undisturbed.resolve("model.safetensors")))
                .as("first byte of the weights that differs\n" + driver.output())
                .isEqualTo(-1);
        assertThat(Files.readString(folder.resolve(name).resolve("rejects.json")))
                .isEqualTo(Files.readString(undisturbed.resolve("rejects.json")))
                .contains("\"image_id\": \"P120\"");
        assertThat(folder.resolve(name + ".checkpoints")).doesNotExist();
    }

    @Test
    void fourShardsOnOneExecutorGiveTheSameWeightsAndSparksMetricsShowTheEpochs() throws IOException {
        Path metrics = Files.createDirectories(folder.resolve("metrics"));
        String csv = "spark.metrics.conf.driver.sink.csv.";
        try (Driver driver =
                train("one", 1, csv + "class=org.apache.spark.metrics.sink.CsvSink", csv + "directory=" + metrics)) {
            assertUndisturbed(driver, "one");
        }
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
    void fourShardsOnFourExecutorsGiveTheSameWeights() throws IOException {
        try (Driver driver = train("four", 4)) {
            assertUndisturbed(driver, "four");
        }
    }

    @Test
    void anExecutorLostForGoodLeavesItsShardsToTheRest() throws IOException {
        try (StandaloneCluster small = new StandaloneCluster(folder.resolve("small"));
                Driver driver = submit(small.withWorkers(2), "lost", 2, "train.checkpoint-steps=2")) {
            awaitMidEpoch(driver, "lost", 1);
            small.killWorkersBut(1);
            assertUndisturbed(driver, "lost");
        }
    }

    @Test
    void executorsThatSparkAddsAsThereIsWorkTakePart() throws IOException {
        String[] dynamic = {
            "spark.dynamicAllocation.enabled=true",
            "spark.dynamicAllocation.shuffleTracking.enabled=true",
            "spark.dynamicAllocation.minExecutors=0",
            "spark.dynamicAllocation.maxExecutors=2"
        };
        try (Driver driver = train("dynamic", 2, dynamic)) {
            assertUndisturbed(driver, "dynamic");
        }
    }

    @Test
    void anAuthenticatedAndEncryptedClusterGivesTheSameWeights() throws IOException {
        String[] secured = {
            "spark.authenticate=true", "spark.authenticate.secret=shared", "spark.network.crypto.enabled=true"
        };
        String[] properties =
                Stream.of(secured).map(one -> one.replace('=', ' ')).toArray(String[]::new);
        try (StandaloneCluster safe = new StandaloneCluster(folder.resolve("safe"), properties);
                Driver driver = submit(safe.withWorkers(2), "secured", 2, secured)) {
            assertUndisturbed(driver, "secured");
        }
    }

    @Test
    void aKilledDriverGoesOnFromItsLastCheckpoint() throws IOException {
        try (Driver driver = train("resumed", 2, "train.checkpoint-steps=5")) {
            awaitMidEpoch(driver, "resumed", 2);
            driver.kill();
        }
        assertThat(folder.resolve("resumed")).doesNotExist();
        try (Driver other = train("resumed", 2, "model.width=0.25")) {
            assertThat(other.await()).isEqualTo(1);
            assertThat(other.output())
                    .containsPattern(
                            "checkpoint .*epoch-0002-step-.*: model.width was 0.125 and is now 0.25; put it back");
        }
        try (Driver driver = train("resumed", 2, "train.checkpoint-steps=5")) {
            driver.awaitOutput("going on from a checkpoint: epoch 2, step ");
            assertUndisturbed(driver, "resumed");
        }
    }

    @Test
    void aFrozenExecutorIsNamedAndItsWorkMoves() throws IOException {
        try (Driver driver = train("frozen", 2, "train.checkpoint-steps=2", "train.heartbeat-timeout=3")) {
            awaitMidEpoch(driver, "frozen", 1);
            ProcessHandle executor = cluster.executors().get(0);
            signal("STOP", executor);
            try {
                assertUndisturbed(driver, "frozen");
                assertThat(driver.output())
                        .containsPattern("WARNING: executor \\d on 127.0.0.1 gave no sign of life for \\d+ s"
                                + " \\(train.heartbeat-timeout\\); it had shards .* of epoch 1, step");
            } finally {
                executor.destroyForcibly();
            }
        }
    }

    private static void signal(String name, ProcessHandle process) throws IOException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .onExit()
                .join();
    }

    @Test
    void aKilledExecutorsWorkMovesAndTrainingGoesOnAtTheCurrentStep() throws IOException {
        // Spark gives the whole job up at the first failure, and it is started again.
        try (Driver driver = train("killed", 2, "train.checkpoint-steps=2", "spark.task.maxFailures=1")) {
            awaitMidEpoch(driver, "killed", 1);
            cluster.executors().get(0).destroyForcibly();
            assertUndisturbed(driver, "killed");
            assertThat(driver.output())
                    .containsPattern(
                            "WARNING: executor \\d on 127.0.0.1 lost its connection; it had .* of epoch 1, step")
                    .doesNotContain("from a checkpoint");
        }
    }
}
