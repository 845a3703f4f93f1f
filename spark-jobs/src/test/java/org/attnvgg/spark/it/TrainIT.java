package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.attnvgg.io.WeightFileException;
import org.attnvgg.io.WeightFiles;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.Weights;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.spark.data.ManifestTable;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.StopSignal;
import org.attnvgg.spark.job.StoppedException;
import org.attnvgg.spark.train.TrainJob;
import org.attnvgg.training.EpochMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training a narrow network on a few images. */
class TrainIT {

    private static final TrainedImages images = TrainedImages.shared();

    @TempDir
    private Path folder;

    @Test
    void theModelFolderHoldsTheModelAndWhatItIs() throws IOException {
        Path model = images.folder().resolve("model");
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
        images.train(folder + "/first", "train.shards", 2, "model.dropout", 0.2, "train.precision", "bfloat16");
        images.train(folder + "/second", "train.shards", 2, "model.dropout", 0.2, "train.precision", "bfloat16");
        assertThat(Files.mismatch(
                        folder.resolve("first/model.safetensors"), folder.resolve("second/model.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void aTrainedModelIsAStartForAnother() {
        TrainJob.Result from = images.train(
                folder + "/next", "train.init", images.folder() + "/model/model.safetensors", "train.augment", false);
        TrainJob.Result fresh = images.train(folder + "/fresh", "train.augment", false);
        assertThat(from.model().epochs().get(0).stepLosses().get(0))
                .isLessThan(fresh.model().epochs().get(0).stepLosses().get(0));
    }

    @Test
    void anUnreadableImageIsLeftOutOfTrainingAndCounted() throws IOException {
        Path image = images.folder().resolve("images/P7.jpg");
        byte[] whole = Files.readAllBytes(image);
        Files.write(image, Arrays.copyOf(whole, whole.length / 2));
        try {
            TrainJob.Result result = images.train(folder + "/model");
            assertThat(result.model().epochs().get(0).rejected()).isEqualTo(1);
            assertThat(Files.readString(folder.resolve("model/rejects.json")))
                    .contains("\"image_id\": \"P7\"", "\"reason\": \"truncated\"");
            assertThatThrownBy(() -> images.train(folder + "/strict", "train.max-reject-fraction", 0))
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining("1 of 30 images could not be used")
                    .hasMessageContaining("train.max-reject-fraction = 0.0");
            assertThat(folder.resolve("strict")).doesNotExist();
        } finally {
            Files.write(image, whole);
        }
    }

    @Test
    void anUnreadableImageIsNotTriedAgainInTheNextEpoch() throws IOException {
        Path image = images.folder().resolve("images/P7.jpg");
        byte[] whole = Files.readAllBytes(image);
        Files.write(image, Arrays.copyOf(whole, whole.length / 2));
        try {
            TrainJob.Result result = images.train(folder + "/model", "train.epochs", 2);
            assertThat(result.model().epochs())
                    .extracting(EpochMetrics::rejected)
                    .containsExactly(1L, 0L);
            assertThat(result.model().epochs())
                    .extracting(EpochMetrics::examples)
                    .containsExactly(23L, 23L);
        } finally {
            Files.write(image, whole);
        }
    }

    @Test
    void aGradientThatIsNotFiniteStopsTheRunAndNamesShardAndImages() {
        assertThatThrownBy(() -> images.train(
                        folder + "/model", "train.learning-rate", 1e30, "train.shards", 2, "train.augment", false))
                .isInstanceOf(JobException.class)
                .hasMessageMatching(
                        "epoch 1, step 2: a gradient that is not finite, of shard 0, images .*P\\d+, P\\d+.*; of"
                                + " shard 1, images .*; lower train.learning-rate, look at these images, or leave such steps out"
                                + " with train.on-non-finite=skip");
    }

    @Test
    void aStepThatIsNotFiniteCanBeSkipped() throws IOException {
        Path start = startOf(weights -> {
            // Activations whose variance is too large for float32 where a batch gives it, and right where it is stored.
            scale(weights, "conv_block1.0.weight", 1e22f);
            Arrays.fill(
                    weights.statistics(), offset("conv_block1.1.running_var"), end("conv_block1.1.running_var"), 1e38f);
        });
        TrainJob.Result result = images.train(
                folder + "/model", "train.init", start, "train.on-non-finite", "skip", "train.max-reject-fraction", 1);
        EpochMetrics epoch = result.model().epochs().get(0);
        assertThat(epoch.skippedSteps()).isEqualTo(3);
        assertThat(epoch.steps()).isZero();
        assertThat(Files.mismatch(folder.resolve("model/model.safetensors"), start))
                .isEqualTo(-1);
    }

    private static final NetworkLayout LAYOUT = NetworkLayout.of(new NetworkConfig(0.125, 64, true, 0));

    private static int offset(String tensor) {
        return LAYOUT.tensor(tensor).offset();
    }

    private static int end(String tensor) {
        return offset(tensor) + LAYOUT.tensor(tensor).size();
    }

    private static void scale(Weights weights, String tensor, float factor) {
        for (int i = offset(tensor); i < end(tensor); i++) {
            weights.trainable()[i] *= factor;
        }
    }

    /** A file of the trained model's weights, changed. */
    private Path startOf(Consumer<Weights> change) throws IOException {
        Weights weights = ModelFolder.read(images.folder().resolve("model")).weights();
        change.accept(weights);
        Path file = folder.resolve("start.safetensors");
        WeightFiles.write(file, LAYOUT, weights);
        return file;
    }

    @Test
    void validationScoresThatAreNotFiniteFailTheRunAndNoModelIsWritten() throws IOException {
        Path start = startOf(weights -> {
            scale(weights, "conv_block1.0.weight", 1e22f);
            // Finite, but what comes of it in validation is too large for float32.
            Arrays.fill(weights.statistics(), offset("conv_block1.1.running_var"), end("conv_block1.1.running_var"), 0);
            scale(weights, "cls.weight", 1e30f);
        });
        assertThatThrownBy(() -> images.train(folder + "/model", "train.init", start, "train.on-non-finite", "skip"))
                .isInstanceOf(JobException.class)
                .hasMessageMatching("epoch 1, validation: image .*: the network's logit is (NaN|-?Infinity) in float32;"
                        + " training has diverged, lower train.learning-rate");
        assertThat(folder.resolve("model")).doesNotExist();
    }

    @Test
    void weightsThatAreNotFiniteAreRefusedByTheNameThatTheUserGave() throws IOException {
        Path start = startOf(weights -> weights.trainable()[offset("attn2.phi.bias")] = Float.NaN);
        assertThatThrownBy(() -> images.train(folder + "/model", "train.init", start))
                .isInstanceOf(WeightFileException.class)
                .hasMessage(start + ": tensor 'attn2.phi.bias': is NaN at index 0; expected a finite number");
    }

    @Test
    void aValidationSplitOfOneClassIsRefusedBeforeTraining() {
        ManifestTable.read(LocalSpark.session(), "test", images.folder() + "/prepared")
                .filter("split = 'train' or target = 0")
                .write()
                .parquet(folder + "/one/manifest");
        assertThatThrownBy(() -> images.train(folder + "/model", "train.manifest", folder + "/one"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("rows of split 'validation' have target 0")
                .hasMessageEndingWith("run prepare again with images of both classes, a larger"
                        + " prepare.validation-fraction or another seed");
        assertThat(folder.resolve("model.checkpoints")).doesNotExist();
    }

    @Test
    void aRunThatIsToldToStopWritesACheckpointAndGoesOnFromThere() throws IOException {
        images.train(folder + "/whole");
        StopSignal stop = new StopSignal();
        stop.request();
        String checkpoint = folder + "/model.checkpoints/epoch-0001-step-000000.safetensors";
        assertThatThrownBy(() -> images.train(stop, folder + "/model"))
                .isInstanceOf(StoppedException.class)
                .hasMessage("epoch 1, after 0 of 3 steps; all of it is in the checkpoint " + checkpoint
                        + ": the same command, with train.resume=true, goes on from there");
        assertThat(Path.of(checkpoint)).isRegularFile();
        images.train(folder + "/model");
        assertThat(Files.mismatch(folder.resolve("model/model.safetensors"), folder.resolve("whole/model.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void miniBatchesAreAddedUpBeforeTheyAreExchanged() {
        TrainJob.Result result =
                images.train(folder + "/model", "train.batch-size", 4, "train.accumulate", 4, "train.shards", 2);
        EpochMetrics epoch = result.model().epochs().get(0);
        assertThat(epoch.steps()).isEqualTo(2); // 24 examples: four mini-batches of four, then two
        assertThat(epoch.examples()).isEqualTo(24);
    }

    @Test
    void gradientsRoundedOnTheirWayTrainAlmostAlike() {
        TrainJob.Result exact = images.train(folder + "/exact", "train.shards", 2);
        TrainJob.Result rounded =
                images.train(folder + "/rounded", "train.shards", 2, "train.gradient-precision", "bfloat16");
        double loss = exact.model().epochs().get(0).trainLoss();
        assertThat(rounded.model().epochs().get(0).trainLoss())
                .isNotEqualTo(loss)
                .isCloseTo(loss, withinPercentage(2));
    }

    @Test
    void aRunThatFailedGoesOnFromTheNewestCheckpointThatCanBeRead() throws IOException {
        Object[] run = {"train.epochs", 2, "train.checkpoint-steps", 1, "train.shards", 2, "model.dropout", 0.1};
        images.train(folder + "/whole", run);
        Path image = images.folder().resolve("images/P7.jpg");
        byte[] whole = Files.readAllBytes(image);
        Files.delete(image);
        assertThatThrownBy(() -> images.train(folder + "/model", with(run, "train.max-reject-fraction", 0)))
                .hasMessageContaining("1 of 30 images could not be used");
        Files.write(image, whole);
        Path checkpoints = folder.resolve("model.checkpoints");
        Path newest = checkpoints.resolve("epoch-0001-step-000003.safetensors");
        assertThat(checkpoints.toFile().list())
                .containsExactlyInAnyOrder(
                        "epoch-0001-step-000002.safetensors",
                        newest.getFileName().toString());

        assertThatThrownBy(() -> images.train(folder + "/model", with(run, "seed", 7)))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("seed was 42 and is now 7; put it back to go on from there, or start anew with"
                        + " train.resume=false");

        byte[] bytes = Files.readAllBytes(newest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(newest, bytes);
        TrainJob.Result resumed = images.train(folder + "/model", run);
        assertThat(resumed.model().epochs()).hasSize(2);
        assertThat(resumed.model().epochs().get(0).stepLosses()).hasSize(3);
        assertThat(checkpoints).doesNotExist();
    }

    private static Object[] with(Object[] settings, Object... more) {
        return Stream.concat(Stream.of(settings), Stream.of(more)).toArray();
    }

    @Test
    void aGpuThatIsNotThereIsAnErrorAndNeverACpuRun() {
        assertThatThrownBy(() -> images.train(folder + "/gpu", "train.device", "gpu"))
                .hasStackTraceContaining("device = gpu, but Spark assigned none to executor driver");
    }
}
