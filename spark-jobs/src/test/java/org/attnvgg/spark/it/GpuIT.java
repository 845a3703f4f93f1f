package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors with GPUs as far as Spark knows, and what is said where libtorch sees none. */
class GpuIT {

    private static final String NO_GPU = "Spark assigned GPU \\d to executor \\d on 127.0.0.1, but libtorch 2.7.1 from"
            + " .*2.7.1\\S*-cpu-linux-x86_64 there sees 0 GPUs: name a CUDA libtorch by PYTORCH_LIBRARY_PATH";

    @TempDir
    private static Path folder;

    private static StandaloneCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        cluster = new StandaloneCluster(folder).withGpuWorkers(3);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void preflightShowsThreeExecutorsThatUnpackLibtorchAtOnceInAnEmptyCache() throws IOException {
        Path cache = folder.resolve("empty-cache");
        try (Driver driver = cluster.submit(
                "standalone",
                "preflight",
                3,
                "preflight",
                "train.device=cpu",
                "preflight.paths=" + folder,
                "spark.executorEnv.DJL_CACHE_DIR=" + cache)) {
            assertThat(driver.await()).as(driver.output()).isZero();
            assertThat(driver.output())
                    .contains("3 executors are fit for training")
                    .contains("libtorch in " + cache)
                    .containsPattern("0 +127.0.0.1 .* 2.7.1 +2.7.1\\S*-cpu-linux-x86_64 +\\d +0 CPU");
            assertThat(Stream.of("0", "1", "2"))
                    .allSatisfy(gpu -> assertThat(driver.output()).containsPattern("x86_64 +" + gpu + " +0 CPU"));
        }
    }

    @Test
    void preflightFailsWhereLibtorchDoesNotSeeTheGpuThatSparkAssigned() throws IOException {
        try (Driver driver = cluster.submit("standalone", "unfit", 2, "preflight", "preflight.paths=/proc/none")) {
            assertThat(driver.await()).isEqualTo(1);
            assertThat(driver.output())
                    .containsPattern("WARNING: executor \\d: " + NO_GPU)
                    .contains("cannot write in /proc/none")
                    .contains("attnvgg: failed: 2 of 2 executors are not fit for training, see above");
        }
    }

    @Test
    void trainingFailsThereAtOnce() throws IOException {
        ClusterImages images = ClusterImages.in(folder.resolve("images"));
        String[] settings = images.training(folder.resolve("model"));
        try (Driver driver = cluster.submit(
                "standalone",
                "train",
                2,
                Stream.concat(Stream.of("train"), Stream.of(settings)).toArray(String[]::new))) {
            assertThat(driver.await()).isEqualTo(1);
            assertThat(driver.output()).containsPattern("attnvgg: failed: epoch 1: " + NO_GPU);
        }
    }

    @Test
    void aClusterWithoutRoomIsSaidSoSoon() throws IOException {
        try (Driver driver = cluster.submit(
                "standalone",
                "room",
                2,
                "preflight",
                "train.executor-wait=5",
                "spark.executor.resource.gpu.amount=2",
                "spark.task.resource.gpu.amount=2")) {
            assertThat(driver.await()).isEqualTo(1);
            assertThat(driver.output())
                    .contains("0 executors came in 5 s, at least 1 must (train.min-executors)")
                    .contains("spark.executor.resource.gpu.amount = 2");
        }
    }
}
