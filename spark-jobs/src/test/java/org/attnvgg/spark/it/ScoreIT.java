package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.attnvgg.io.WeightFileException;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.Weights;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.table.ScoreStores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scoring a few images, good and bad. */
class ScoreIT {

    private static final TrainedImages SAMPLES = TrainedImages.shared();

    @TempDir
    private Path folder;

    @Test
    void predictionsAndAttentionAreTables() {
        ScoreJob.Result result = SAMPLES.score(folder, "none", "score.manifest", SAMPLES.folder() + "/prepared");
        assertThat(result.scored()).isEqualTo(TrainedImages.COUNT);
        List<Row> predictions = LocalSpark.session()
                .read()
                .parquet(result.out() + "/predictions")
                .collectAsList();
        assertThat(predictions).hasSize(TrainedImages.COUNT).allSatisfy(row -> {
            float logit = row.getAs("logit");
            assertThat(logit).isFinite();
            assertThat(row.<Float>getAs("probability")).isCloseTo((float) (1 / (1 + Math.exp(-logit))), within(1e-6f));
            assertThat(row.<Integer>getAs("width")).isEqualTo(96);
            assertThat(row.<String>getAs("content_sha256")).hasSize(64);
            assertThat(row.<Integer>getAs("label")).isBetween(0, 1);
        });
        List<Row> attention = ScoreStores.parquet(LocalSpark.session(), result.out())
                .read("attention")
                .collectAsList();
        assertThat(attention).hasSize(TrainedImages.COUNT).allSatisfy(row -> {
            assertThat(row.getList(row.fieldIndex("pool3"))).hasSize(8 * 8);
            assertThat(row.getList(row.fieldIndex("pool4"))).hasSize(4 * 4);
            float sum = 0;
            for (Object value : row.getList(row.fieldIndex("pool4"))) {
                sum += (Float) value;
            }
            assertThat(sum).isCloseTo(1, within(1e-4f));
        });
        Row run = LocalSpark.session().read().parquet(result.out() + "/runs").head();
        assertThat(run.<String>getAs("status")).isEqualTo("complete");
        assertThat(run.<Long>getAs("planned")).isEqualTo(TrainedImages.COUNT);
        assertThat(run.<String>getAs("model_id")).isEqualTo(predictions.get(0).<String>getAs("model_id"));
    }

    @Test
    void scoresDoNotDependOnBatchesOrPartitions() {
        Map<String, Float> large = TrainedImages.logits(
                SAMPLES.score(folder, SAMPLES.folder() + "/images").out());
        Map<String, Float> small = TrainedImages.logits(SAMPLES.score(
                        folder,
                        SAMPLES.folder() + "/images/*.jpg",
                        "score.out",
                        folder + "/small",
                        "score.batch-size",
                        3)
                .out());
        assertThat(small.keySet()).isEqualTo(large.keySet());
        large.forEach((id, logit) -> assertThat(small.get(id)).as(id).isCloseTo(logit, within(1e-5f)));
    }

    @Test
    void everyBadFileEndsWhereItShould() throws IOException {
        Path bad = Files.createDirectories(folder.resolve("bad"));
        try (Stream<Path> files = Files.list(Path.of("../core/src/test/resources/bad"))) {
            for (Path file : files.toList()) {
                Files.copy(file, bad.resolve(file.getFileName()));
            }
        }
        Files.write(bad.resolve("bomb.png"), bombHeader());
        ScoreJob.Result result = SAMPLES.score(folder, bad.toString(), "score.max-reject-fraction", 1);
        assertThat(TrainedImages.logits(result.out()).keySet())
                .containsExactlyInAnyOrder("cmyk", "exif_orientation_6", "gray", "gray16", "progressive", "rgba");
        Map<String, String> rejects =
                LocalSpark.session().read().parquet(result.out() + "/rejects").collectAsList().stream()
                        .collect(Collectors.toMap(row -> row.getAs("image_id"), row -> row.getAs("reason")));
        assertThat(rejects)
                .containsOnly(
                        Map.entry("bit_flips", "damaged"),
                        Map.entry("bomb", "too-large"),
                        Map.entry("empty", "empty"),
                        Map.entry("header_only", "truncated"),
                        Map.entry("one_pixel", "too-small"),
                        Map.entry("tall_1x4000", "too-small"),
                        Map.entry("text", "not-an-image"),
                        Map.entry("truncated", "truncated"));
    }

    @Test
    void tooManyRejectsFailTheJobAfterTheyWereWritten() throws IOException {
        Path images = Files.createDirectories(folder.resolve("images"));
        for (int i = 0; i < 18; i++) {
            Files.copy(SAMPLES.folder().resolve("images/P1.jpg"), images.resolve("good" + i + ".jpg"));
        }
        Files.writeString(images.resolve("bad.jpg"), "no image at all");
        Files.writeString(images.resolve("worse.jpg"), "");
        assertThatThrownBy(() -> SAMPLES.score(folder, images.toString()))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("2 of 20 images were rejected, more than score.max-reject-fraction = 0.05 allows")
                .hasMessageContaining("the rejects and the run");
        String out = folder + "/scores";
        assertThat(LocalSpark.session().read().parquet(out + "/rejects").count())
                .isEqualTo(2);
        assertThat(LocalSpark.session().read().parquet(out + "/runs").head().<String>getAs("status"))
                .isEqualTo("too-many-rejects");
        assertThat(Path.of(out, "predictions")).doesNotExist();
    }

    @Test
    void ofFewerThanTwentyImagesAnyNumberMayBeRejected() throws IOException {
        Path images = Files.createDirectories(folder.resolve("images"));
        Files.copy(SAMPLES.folder().resolve("images/P1.jpg"), images.resolve("good.jpg"));
        for (int i = 0; i < 18; i++) {
            Files.writeString(images.resolve("bad" + i + ".jpg"), "no image at all");
        }
        ScoreJob.Result result = SAMPLES.score(folder, images.toString());
        assertThat(result.scored()).isEqualTo(1);
        assertThat(result.rejected()).isEqualTo(18);
    }

    @Test
    void aMissingImageOfAManifestIsARejectAndNoError() throws IOException {
        Path gone = SAMPLES.folder().resolve("images/P3.jpg");
        byte[] bytes = Files.readAllBytes(gone);
        Files.delete(gone);
        try {
            ScoreJob.Result result = SAMPLES.score(folder, "none", "score.manifest", SAMPLES.folder() + "/prepared");
            assertThat(result.rejected()).isEqualTo(1);
            Row reject = LocalSpark.session()
                    .read()
                    .parquet(result.out() + "/rejects")
                    .head();
            assertThat(reject.<String>getAs("reason")).isEqualTo("missing");
            assertThat(reject.<String>getAs("image_id")).isEqualTo("P3");
        } finally {
            Files.write(gone, bytes);
        }
    }

    @Test
    void overwriteNeverReplacesWhatTheJobDidNotWrite() throws IOException {
        var settings = LocalSpark.settings(
                "score.model",
                SAMPLES.folder() + "/model",
                "score.images",
                SAMPLES.folder() + "/images",
                "score.out",
                SAMPLES.folder() + "/images");
        assertThatThrownBy(() -> new ScoreJob(new JobContext(LocalSpark.session(), settings, true)).run())
                .isInstanceOf(JobException.class)
                .hasMessageContaining("score.out = " + SAMPLES.folder() + "/images exists and holds no runs");
        assertThat(SAMPLES.folder().resolve("images/P1.jpg")).exists();
    }

    @Test
    void aModelFolderThatIsNoneIsNamed() {
        assertThatThrownBy(() -> SAMPLES.score(
                        folder, SAMPLES.folder() + "/images", "score.model", SAMPLES.folder() + "/images"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("score.model = " + SAMPLES.folder() + "/images: no model.json in it");
    }

    /** The trained model with other values, in a folder of its own. */
    private Path model(Consumer<Weights> change) throws IOException {
        ModelFolder trained = ModelFolder.read(SAMPLES.folder().resolve("model"));
        change.accept(trained.weights());
        Path other = Files.createDirectories(folder.resolve("other"));
        ModelFolder.write(other, trained.description(), trained.weights());
        return other;
    }

    @Test
    void aScoreThatIsNotFiniteIsARejectAndInNoTable() throws IOException {
        Path model = model(weights -> {
            NetworkLayout layout = NetworkLayout.of(new NetworkConfig(0.125, 64, true, 0));
            int start = layout.tensor("cls.weight").offset();
            Arrays.fill(
                    weights.trainable(),
                    start,
                    start + layout.tensor("cls.weight").size(),
                    Float.MAX_VALUE);
        });
        ScoreJob.Result result = SAMPLES.score(
                folder, SAMPLES.folder() + "/images", "score.model", model, "score.max-reject-fraction", 1);
        assertThat(result.scored()).isZero();
        assertThat(LocalSpark.session()
                        .read()
                        .parquet(result.out() + "/rejects")
                        .collectAsList())
                .hasSize(TrainedImages.COUNT)
                .allSatisfy(row -> {
                    assertThat(row.<String>getAs("reason")).isEqualTo("not-finite");
                    assertThat(row.<String>getAs("detail")).matches("the network's logit is (Infinity|NaN) in float32");
                    assertThat(row.<String>getAs("content_sha256")).hasSize(64);
                });
    }

    @Test
    void aNetworkIsSharedByItsContentAndNotByTheIdThatAFolderClaims() throws IOException {
        Map<String, Float> trained = TrainedImages.logits(
                SAMPLES.score(folder, SAMPLES.folder() + "/images").out());
        Path model = model(weights -> {});
        Path json = model.resolve("model.json");
        // The same weights, with attention by a sigmoid: another network of the same model_id.
        Files.writeString(
                json, Files.readString(json).replace("\"normalize_attn\": true", "\"normalize_attn\": false"));
        Map<String, Float> other = TrainedImages.logits(SAMPLES.score(
                        folder, SAMPLES.folder() + "/images", "score.model", model, "score.out", folder + "/sigmoid")
                .out());
        assertThat(other).hasSameSizeAs(trained);
        assertThat(other.get("P1")).isNotCloseTo(trained.get("P1"), within(1e-4f));
    }

    @Test
    void aModelWithAFlippedBitIsRefusedByTheNameThatTheUserGave() throws IOException {
        Path weights = model(any -> {}).resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 3] ^= 1;
        Files.write(weights, bytes);
        assertThatThrownBy(
                        () -> SAMPLES.score(folder, SAMPLES.folder() + "/images", "score.model", weights.getParent()))
                .isInstanceOf(WeightFileException.class)
                .hasMessageStartingWith(weights + ": its SHA-256 is ")
                .hasMessageContaining("but model.json says ");
    }

    private static byte[] bombHeader() {
        ByteBuffer png = ByteBuffer.allocate(64);
        png.putLong(0x89504e470d0a1a0aL)
                .putInt(13)
                .putInt(0x49484452)
                .putInt(30_000)
                .putInt(30_000);
        return png.array();
    }
}
