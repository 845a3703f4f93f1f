package org.attnvgg.spark.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.LocalSpark;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.train.TrainJob;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** prepare, train, score and report on a few pictures and a narrow network. */
class PipelineIT {

    private static final int PICTURES = 30;

    @TempDir
    private static Path shared;

    @TempDir
    private Path folder;

    private static SparkSession spark;

    @BeforeAll
    static void prepareAndTrain() throws IOException {
        spark = LocalSpark.session();
        List<String> rows = new ArrayList<>(List.of("image_id,target"));
        Files.createDirectories(shared.resolve("images"));
        for (int i = 0; i < PICTURES; i++) {
            // A picture's id is data: the report must show it as text.
            String id = i == 0 ? "<b>bold&amp;" : "P" + i;
            rows.add(id + "," + i % 2);
            Files.write(
                    shared.resolve("images/" + id + ".jpg"),
                    AttentionOverlay.encode(SyntheticLesion.draw(i, i % 2 == 1, 96), ".jpg"));
        }
        Files.write(shared.resolve("marking.csv"), rows);
        new PrepareJob(new JobRun(
                        spark,
                        LocalSpark.settings(
                                "prepare.marking", shared + "/marking.csv",
                                "prepare.images", shared + "/images",
                                "prepare.out", shared + "/prepared",
                                "prepare.negatives", "all"),
                        false))
                .run();
        train(shared + "/model", "train.epochs", 2);
    }

    private static TrainJob.Result train(String out, Object... more) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "train.manifest",
                shared + "/prepared",
                "train.out",
                out,
                "train.epochs",
                1,
                "train.batch-size",
                8,
                "train.learning-rate",
                1e-3,
                "model.width",
                0.125,
                "model.image-size",
                64));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i].toString(), more[i + 1]);
        }
        return new TrainJob(new JobRun(spark, LocalSpark.settings(pairs(settings)), false)).run();
    }

    private static Object[] pairs(Map<String, Object> settings) {
        return settings.entrySet().stream()
                .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
                .toArray();
    }

    private ScoreJob.Result score(String images, Object... more) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "score.model", shared + "/model",
                "score.images", images,
                "score.out", folder + "/scores"));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i].toString(), more[i + 1]);
        }
        return new ScoreJob(new JobRun(spark, LocalSpark.settings(pairs(settings)), false)).run();
    }

    @Test
    void theModelFolderHoldsTheModelAndWhatItIs() throws IOException {
        Path model = shared.resolve("model");
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
        train(folder + "/first", "train.shards", 2, "model.dropout", 0.2, "train.precision", "bfloat16");
        train(folder + "/second", "train.shards", 2, "model.dropout", 0.2, "train.precision", "bfloat16");
        assertThat(Files.mismatch(
                        folder.resolve("first/model.safetensors"), folder.resolve("second/model.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void aTrainedModelIsAStartForAnother() {
        TrainJob.Result from =
                train(folder + "/next", "train.init", shared + "/model/model.safetensors", "train.augment", false);
        TrainJob.Result fresh = train(folder + "/fresh", "train.augment", false);
        assertThat(from.model().epochs().get(0).stepLosses().get(0))
                .isLessThan(fresh.model().epochs().get(0).stepLosses().get(0));
    }

    @Test
    void anUnreadablePictureIsLeftOutOfTrainingAndCounted() throws IOException {
        Path picture = shared.resolve("images/P7.jpg");
        byte[] whole = Files.readAllBytes(picture);
        Files.write(picture, Arrays.copyOf(whole, whole.length / 2));
        try {
            TrainJob.Result result = train(folder + "/model");
            assertThat(result.model().epochs().get(0).rejected()).isEqualTo(1);
            assertThat(Files.readString(folder.resolve("model/rejects.json")))
                    .contains("\"image_id\": \"P7\"", "\"reason\": \"truncated\"");
            assertThatThrownBy(() -> train(folder + "/strict", "train.max-reject-fraction", 0))
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
        assertThatThrownBy(() -> train(folder + "/gpu", "train.device", "gpu"))
                .hasStackTraceContaining("device = gpu, but Spark assigned none to executor driver");
    }

    @Test
    void predictionsAndAttentionAreTables() {
        ScoreJob.Result result = score("none", "score.manifest", shared + "/prepared");
        assertThat(result.scored()).isEqualTo(PICTURES);
        List<Row> predictions =
                spark.read().parquet(result.out() + "/predictions").collectAsList();
        assertThat(predictions).hasSize(PICTURES).allSatisfy(row -> {
            float logit = row.getAs("logit");
            assertThat(row.<Float>getAs("probability")).isCloseTo((float) (1 / (1 + Math.exp(-logit))), within(1e-6f));
            assertThat(row.<Integer>getAs("width")).isEqualTo(96);
            assertThat(row.<String>getAs("content_sha256")).hasSize(64);
            assertThat(row.<Integer>getAs("label")).isBetween(0, 1);
        });
        List<Row> attention = spark.read().parquet(result.out() + "/attention").collectAsList();
        assertThat(attention).hasSize(PICTURES).allSatisfy(row -> {
            assertThat(row.getList(row.fieldIndex("pool3"))).hasSize(8 * 8);
            assertThat(row.getList(row.fieldIndex("pool4"))).hasSize(4 * 4);
            float sum = 0;
            for (Object value : row.getList(row.fieldIndex("pool4"))) {
                sum += (Float) value;
            }
            assertThat(sum).isCloseTo(1, within(1e-4f));
        });
        Row run = spark.read().parquet(result.out() + "/runs").head();
        assertThat(run.<String>getAs("status")).isEqualTo("complete");
        assertThat(run.<Long>getAs("planned")).isEqualTo(PICTURES);
        assertThat(run.<String>getAs("model_id")).isEqualTo(predictions.get(0).<String>getAs("model_id"));
    }

    @Test
    void scoresDoNotDependOnBatchesOrPartitions() {
        Map<String, Float> large = logits(score(shared + "/images").out());
        Map<String, Float> small =
                logits(score(shared + "/images/*.jpg", "score.out", folder + "/small", "score.batch-size", 3)
                        .out());
        assertThat(small.keySet()).isEqualTo(large.keySet());
        large.forEach((id, logit) -> assertThat(small.get(id)).as(id).isCloseTo(logit, within(1e-5f)));
    }

    private static Map<String, Float> logits(String out) {
        return spark.read().parquet(out + "/predictions").select("image_id", "logit").collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row.getFloat(1)));
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
        ScoreJob.Result result = score(bad.toString(), "score.max-reject-fraction", 1);
        assertThat(logits(result.out()).keySet())
                .containsExactlyInAnyOrder("cmyk", "exif_orientation_6", "gray", "gray16", "progressive", "rgba");
        Map<String, String> rejects = spark.read().parquet(result.out() + "/rejects").collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getAs("image_id"), row -> row.getAs("reason")));
        assertThat(rejects)
                .containsOnly(
                        Map.entry("bit_flips", "too-large"),
                        Map.entry("bomb", "too-large"),
                        Map.entry("empty", "empty"),
                        Map.entry("header_only", "truncated"),
                        Map.entry("one_pixel", "too-small"),
                        Map.entry("tall_1x4000", "too-small"),
                        Map.entry("text", "not-an-image"),
                        Map.entry("truncated", "truncated"));
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

    @Test
    void tooManyRejectsFailTheJobAfterTheyWereWritten() throws IOException {
        Path images = Files.createDirectories(folder.resolve("images"));
        Files.copy(shared.resolve("images/P1.jpg"), images.resolve("good.jpg"));
        Files.writeString(images.resolve("bad.jpg"), "no picture at all");
        assertThatThrownBy(() -> score(images.toString()))
                .isInstanceOf(JobException.class)
                .hasMessageContaining(
                        "1 of 2 pictures were rejected, more than score.max-reject-fraction = 0.05 allows")
                .hasMessageContaining("the rejects and the run");
        String out = folder + "/scores";
        assertThat(spark.read().parquet(out + "/rejects").count()).isEqualTo(1);
        assertThat(spark.read().parquet(out + "/runs").head().<String>getAs("status"))
                .isEqualTo("too-many-rejects");
        assertThat(Path.of(out, "predictions")).doesNotExist();
    }

    @Test
    void aMissingPictureOfAManifestIsARejectAndNoError() throws IOException {
        Path gone = shared.resolve("images/P3.jpg");
        byte[] bytes = Files.readAllBytes(gone);
        Files.delete(gone);
        try {
            ScoreJob.Result result = score("none", "score.manifest", shared + "/prepared");
            assertThat(result.rejected()).isEqualTo(1);
            Row reject = spark.read().parquet(result.out() + "/rejects").head();
            assertThat(reject.<String>getAs("reason")).isEqualTo("missing");
            assertThat(reject.<String>getAs("image_id")).isEqualTo("P3");
        } finally {
            Files.write(gone, bytes);
        }
    }

    @Test
    void theReportShowsIdsAsTextAndNeedsNothingBesideIt() throws IOException {
        score("none", "score.manifest", shared + "/prepared");
        var settings = LocalSpark.settings(
                "report.predictions",
                folder + "/scores",
                "report.out",
                folder + "/report",
                "report.examples",
                PICTURES);
        ReportJob.Result result = new ReportJob(new JobRun(spark, settings, false)).run();
        assertThat(result.metrics().rocAuc()).isBetween(0.0, 1.0);
        String page = Files.readString(folder.resolve("report/index.html"));
        assertThat(page)
                .contains("&lt;b&gt;bold&amp;amp;", "Most malignant", "Most benign", "Most wrong", "ROC AUC")
                .doesNotContain("<b>bold", "http://", "https://", "<script", "no longer readable");
        assertThat(page.split("data:image/jpeg;base64,", -1)).hasSize(1 + 3 * 3 * PICTURES);
    }

    @Test
    void anUnlabelledRunHasAReportWithoutAreas() throws IOException {
        score(shared + "/images");
        var settings = LocalSpark.settings(
                "report.predictions", folder + "/scores/predictions", "report.out", folder + "/report");
        ReportJob.Result result = new ReportJob(new JobRun(spark, settings, false)).run();
        assertThat(result.metrics().defined()).isFalse();
        assertThat(Files.readString(folder.resolve("report/index.html")))
                .contains("histogram of scores")
                .doesNotContain("Most wrong");
    }

    @Test
    void overwriteNeverReplacesWhatTheJobDidNotWrite() throws IOException {
        var settings = LocalSpark.settings(
                "score.model", shared + "/model", "score.images", shared + "/images", "score.out", shared + "/images");
        assertThatThrownBy(() -> new ScoreJob(new JobRun(spark, settings, true)).run())
                .isInstanceOf(JobException.class)
                .hasMessageContaining("score.out = " + shared + "/images exists and holds no runs");
        assertThat(shared.resolve("images/P1.jpg")).exists();
    }

    @Test
    void aModelFolderThatIsNoneIsNamed() {
        assertThatThrownBy(() -> score(shared + "/images", "score.model", shared + "/images"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("score.model = " + shared + "/images: no model.json in it");
    }
}
