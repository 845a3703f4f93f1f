package org.attnvgg.spark.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.train.TrainJob;
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
    void aGpuThatIsNotThereIsAnErrorAndNeverACpuRun() {
        assertThatThrownBy(() -> pictures.train(folder + "/gpu", "train.device", "gpu"))
                .hasStackTraceContaining("device = gpu, but Spark assigned none to executor driver");
    }
}
