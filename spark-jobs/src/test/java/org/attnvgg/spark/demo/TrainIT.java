package org.attnvgg.spark.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.train.TrainJob;
import org.attnvgg.weights.EpochMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training a narrow network on a few pictures. */
class TrainIT {

    private static final TrainedPictures pictures = TrainedPictures.shared();

    @TempDir
    private Path folder;

    @Test
    void theModelFolderHoldsTheModelAndWhatItIs() throws IOException {
        Path model = pictures.folder().resolve("model");
        try (Stream<Path> files = Files.walk(model)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> model.relativize(file).toString()))
                    .containsExactlyInAnyOrder(
                            "model.safetensors",
                            "model.pt",
                            "model.json",
                            "serving.properties",
                            "rejects.json",
                            "README.md",
                            "metrics/epoch-0001.json",
                            "metrics/epoch-0002.json");
        }
        assertThat(Files.readString(model.resolve("model.json")))
                .contains("\"best_epoch\": ", "\"data.hash\": ", "\"normalize_attn\": true", "\"seed\": \"42\"");
    }

    @Test
    void theSameSettingsGiveTheSameBits() throws IOException {
        pictures.train(folder + "/first", "train.shards", 2, "model.dropout", 0.2, "train.precision", "bfloat16");
        pictures.train(folder + "/second", "train.shards", 2, "model.dropout", 0.2, "train.precision", "bfloat16");
        assertThat(Files.mismatch(
                        folder.resolve("first/model.safetensors"), folder.resolve("second/model.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void aTrainedModelIsAStartForAnother() {
        TrainJob.Result from = pictures.train(
                folder + "/next", "train.init", pictures.folder() + "/model/model.safetensors", "train.augment", false);
        TrainJob.Result fresh = pictures.train(folder + "/fresh", "train.augment", false);
        assertThat(from.model().epochs().get(0).stepLosses().get(0))
                .isLessThan(fresh.model().epochs().get(0).stepLosses().get(0));
    }

    @Test
    void anUnreadablePictureIsLeftOutOfTrainingAndCounted() throws IOException {
        Path picture = pictures.folder().resolve("images/P7.jpg");
        byte[] whole = Files.readAllBytes(picture);
        Files.write(picture, Arrays.copyOf(whole, whole.length / 2));
        try {
            TrainJob.Result result = pictures.train(folder + "/model");
            assertThat(result.model().epochs().get(0).rejected()).isEqualTo(1);
            assertThat(Files.readString(folder.resolve("model/rejects.json")))
                    .contains("\"image_id\": \"P7\"", "\"reason\": \"truncated\"");
            assertThatThrownBy(() -> pictures.train(folder + "/strict", "train.max-reject-fraction", 0))
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining("1 of 30 pictures could not be used")
                    .hasMessageContaining("train.max-reject-fraction = 0.0");
            assertThat(folder.resolve("strict")).doesNotExist();
        } finally {
            Files.write(picture, whole);
        }
    }

    @Test
    void anUnreadablePictureIsNotTriedAgainInTheNextEpoch() throws IOException {
        Path picture = pictures.folder().resolve("images/P7.jpg");
        byte[] whole = Files.readAllBytes(picture);
        Files.write(picture, Arrays.copyOf(whole, whole.length / 2));
        try {
            TrainJob.Result result = pictures.train(folder + "/model", "train.epochs", 2);
            assertThat(result.model().epochs())
                    .extracting(EpochMetrics::rejected)
                    .containsExactly(1L, 0L);
            assertThat(result.model().epochs())
                    .extracting(EpochMetrics::examples)
                    .containsExactly(23L, 23L);
        } finally {
            Files.write(picture, whole);
        }
    }

    @Test
    void aGradientThatIsNotFiniteStopsTheRunAndNamesShardAndImages() {
        assertThatThrownBy(() -> pictures.train(
                        folder + "/model", "train.learning-rate", 1e30, "train.shards", 2, "train.augment", false))
                .isInstanceOf(JobException.class)
                .hasMessageMatching(
                        "epoch 1, step 2: a gradient that is not finite, of shard 0, images .*P\\d+, P\\d+.*; of"
                                + " shard 1, images .*; lower train.learning-rate, look at these images, or leave such steps out"
                                + " with train.on-non-finite=skip");
    }

    @Test
    void aGradientThatIsNotFiniteCanBeSkipped() throws IOException {
        Path start = spoilt(pictures.folder().resolve("model/model.safetensors"));
        TrainJob.Result result = pictures.train(
                folder + "/model", "train.init", start, "train.on-non-finite", "skip", "train.max-reject-fraction", 1);
        EpochMetrics epoch = result.model().epochs().get(0);
        assertThat(epoch.skippedSteps()).isEqualTo(3);
        assertThat(epoch.steps()).isZero();
        assertThat(Files.mismatch(folder.resolve("model/model.safetensors"), start))
                .isEqualTo(-1);
    }

    /** A copy of a model's weights whose last value, the second attention's bias, is not a number. */
    private Path spoilt(Path weights) throws IOException {
        byte[] bytes = Files.readAllBytes(weights);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - Float.BYTES, Float.NaN);
        return Files.write(folder.resolve("spoilt.safetensors"), bytes);
    }

    @Test
    void miniBatchesAreAddedUpBeforeTheyAreExchanged() {
        TrainJob.Result result =
                pictures.train(folder + "/model", "train.batch-size", 4, "train.accumulate", 4, "train.shards", 2);
        EpochMetrics epoch = result.model().epochs().get(0);
        assertThat(epoch.steps()).isEqualTo(2); // 24 examples: four mini-batches of four, then two
        assertThat(epoch.examples()).isEqualTo(24);
    }

    @Test
    void gradientsRoundedOnTheirWayTrainAlmostAlike() {
        TrainJob.Result exact = pictures.train(folder + "/exact", "train.shards", 2);
        TrainJob.Result rounded = pictures.train(folder + "/rounded", "train.shards", 2, "train.wire", "bfloat16");
        double loss = exact.model().epochs().get(0).trainLoss();
        assertThat(rounded.model().epochs().get(0).trainLoss())
                .isNotEqualTo(loss)
                .isCloseTo(loss, withinPercentage(2));
    }

    @Test
    void aRunThatFailedGoesOnFromTheNewestCheckpointThatCanBeRead() throws IOException {
        Object[] run = {"train.epochs", 2, "train.checkpoint-steps", 1, "train.shards", 2, "model.dropout", 0.1};
        pictures.train(folder + "/whole", run);
        Path picture = pictures.folder().resolve("images/P7.jpg");
        byte[] whole = Files.readAllBytes(picture);
        Files.delete(picture);
        assertThatThrownBy(() -> pictures.train(folder + "/model", with(run, "train.max-reject-fraction", 0)))
                .hasMessageContaining("1 of 30 pictures could not be used");
        Files.write(picture, whole);
        Path checkpoints = folder.resolve("model.checkpoints");
        Path newest = checkpoints.resolve("epoch-0001-step-000003.safetensors");
        assertThat(checkpoints.toFile().list())
                .containsExactlyInAnyOrder(
                        "epoch-0001-step-000002.safetensors",
                        newest.getFileName().toString());

        assertThatThrownBy(() -> pictures.train(folder + "/model", with(run, "seed", 7)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("seed was 42 and is now 7; put it back to go on from there, or start anew with"
                        + " train.resume=false");

        byte[] bytes = Files.readAllBytes(newest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(newest, bytes);
        TrainJob.Result resumed = pictures.train(folder + "/model", run);
        assertThat(resumed.model().epochs()).hasSize(2);
        assertThat(resumed.model().epochs().get(0).stepLosses()).hasSize(3);
        assertThat(checkpoints).doesNotExist();
    }

    private static Object[] with(Object[] settings, Object... more) {
        return Stream.concat(Stream.of(settings), Stream.of(more)).toArray();
    }

    @Test
    void aGpuThatIsNotThereIsAnErrorAndNeverACpuRun() {
        assertThatThrownBy(() -> pictures.train(folder + "/gpu", "train.device", "gpu"))
                .hasStackTraceContaining("device = gpu, but Spark assigned none to executor driver");
    }
}
