package org.attnvgg.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on clusters of several kinds; the weights are always the same, bit for bit. */
class ClusterTrainingIT {

    private static final SharedCluster shared = SharedCluster.get();

    @TempDir
    private Path folder;

    private void assertUndisturbed(StandaloneCluster cluster, int executors, String... conf) throws IOException {
        Path out = folder.resolve("model");
        SparkSession session = cluster.session(executors, conf);
        try (RunningJob training = RunningJob.train(session, shared.pictures().training(out))) {
            shared.assertUndisturbed(out, training.await());
        } finally {
            session.stop();
        }
    }

    @Test
    void fourShardsOnOneExecutorGiveTheSameWeightsAndSparksMetricsShowTheEpochs() throws IOException {
        Path metrics = Files.createDirectories(folder.resolve("metrics"));
        String csv = "spark.metrics.conf.driver.sink.csv.";
        assertUndisturbed(
                shared.cluster(), 1, csv + "class=org.apache.spark.metrics.sink.CsvSink", csv + "directory=" + metrics);
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
        assertUndisturbed(
                shared.cluster(),
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
            assertUndisturbed(safe.withWorkers(2), 2, secured);
        }
    }
}
