package org.attnvgg.spark.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.StableHash;
import org.attnvgg.evaluation.BinaryMetrics;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.spark.config.DemoSettings;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.OutputFolder;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.train.TrainJob;

/** {@code demo}: makes images, then runs prepare, train, score and report on them, each as a user would. */
public final class DemoJob {

    private static final int IMAGE_SIZE = 256;

    private final JobContext run;
    private final SparkSession spark;
    private final DemoSettings settings;

    /** The job of that run. */
    public DemoJob(JobContext run) {
        this.run = run;
        this.spark = run.spark();
        this.settings = run.settings().as(DemoSettings.class);
    }

    /**
     * What a run made.
     *
     * @param out where
     * @param heldOut metrics over the images that training did not see
     */
    public record Result(String out, BinaryMetrics heldOut) {}

    /** Runs the job. */
    public Result run() {
        Instant start = Instant.now();
        Path out = Path.of(settings.out()).toAbsolutePath();
        // Checks, and with --overwrite replaces: the jobs then write into an empty folder.
        try (OutputFolder folder = run.output("demo.out", settings.out(), "images/marking.csv")) {
            String images = new org.apache.hadoop.fs.Path(folder.staging("images"))
                    .toUri()
                    .getPath();
            makeImages(Path.of(images));
            folder.publish();
        } catch (IOException e) {
            throw new UncheckedIOException("demo.out = " + out, e);
        }
        Settings whole = run.settings().with(jobSettings(out));
        JobContext each = new JobContext(spark, whole, false);
        step("prepare");
        new PrepareJob(each).run();
        step("train (a network of width %s at %s pixels; the real one is of width 1 at 224)"
                .formatted(settings.width(), settings.imageSize()));
        new TrainJob(each).run();
        step("score the validation images");
        writeHeldOut(out);
        new ScoreJob(each).run();
        step("report");
        ReportJob.Result report = new ReportJob(each).run();
        Console.line("");
        Console.line(
                "The demo took %d s. Held-out AUC %.4f. Look at:",
                Duration.between(start, Instant.now()).toSeconds(),
                report.metrics().rocAuc());
        Console.line("  %s/report/index.html   curves, and where the network looked", out);
        Console.line("  %s/model               the trained model", out);
        Console.line("  %s/scores              predictions, attention, rejects and runs, as Parquet", out);
        return new Result(out.toString(), report.metrics());
    }

    private static void step(String what) {
        Console.line("");
        Console.line("== %s", what);
    }

    /** The jobs' settings that follow from the demo's. */
    private Map<String, Object> jobSettings(Path out) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("prepare.marking", out + "/images/marking.csv");
        map.put("prepare.images", out + "/images");
        map.put("prepare.out", out + "/prepared");
        map.put("prepare.negatives", "all");
        map.put("train.manifest", out + "/prepared");
        map.put("train.out", out + "/model");
        map.put("train.epochs", settings.epochs());
        map.put("train.batch-size", 16);
        map.put("train.learning-rate", 1e-3);
        map.put("train.precision", settings.precision());
        map.put("model.width", settings.width());
        map.put("model.image-size", settings.imageSize());
        map.put("score.model", out + "/model");
        map.put("score.manifest", out + "/held-out");
        map.put("score.out", out + "/scores");
        map.put("score.precision", settings.precision());
        map.put("report.tables", out + "/scores");
        map.put("report.out", out + "/report");
        return map;
    }

    private void writeHeldOut(Path out) {
        spark.read()
                .parquet(out + "/prepared/manifest")
                .filter("split = 'validation'")
                .coalesce(1)
                .write()
                .parquet(out + "/held-out");
    }

    private void makeImages(Path folder) throws IOException {
        int count = settings.images();
        Console.line("making %,d synthetic images of %d×%d, half of them malignant", count, IMAGE_SIZE, IMAGE_SIZE);
        Files.createDirectories(folder);
        long seed = settings.random().seed();
        StringBuilder marking = new StringBuilder("image_id,target\n");
        for (int i = 0; i < count; i++) {
            marking.append("DEMO_%05d,%d%n".formatted(i, i % 2));
        }
        Files.writeString(folder.resolve("marking.csv"), marking);
        IntStream.range(0, count).parallel().forEach(i -> {
            byte[] jpeg = AttentionOverlay.encode(
                    SyntheticLesion.draw(StableHash.of(seed, i, "demo"), i % 2 == 1, IMAGE_SIZE), ".jpg");
            try {
                Files.write(folder.resolve("DEMO_%05d.jpg".formatted(i)), jpeg);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
