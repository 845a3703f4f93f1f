package org.attnvgg.spark.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.spark.demo.SyntheticLesion;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.StopSignal;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.train.TrainJob;

/**
 * A few images, prepared, and a narrow network trained on them: {@code images/}, {@code prepared/} and {@code model/} of
 * one folder, made once for all tests.
 */
record TrainedImages(Path folder) {

    static final int COUNT = 30;

    private static final int SIDE = 96;

    /** Made at first use, gone with the JVM. */
    static TrainedImages shared() {
        return Holder.SHARED;
    }

    private static final class Holder {
        static final TrainedImages SHARED = make();
    }

    private static TrainedImages make() {
        try {
            Path folder = Files.createTempDirectory("attnvgg-it");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> FileUtils.deleteQuietly(folder.toFile())));
            TrainedImages images = new TrainedImages(folder);
            images.draw();
            new PrepareJob(new JobContext(
                            LocalSpark.session(),
                            LocalSpark.settings(
                                    "prepare.marking", folder + "/marking.csv",
                                    "prepare.images", folder + "/images",
                                    "prepare.out", folder + "/prepared",
                                    "prepare.negatives", "all"),
                            false))
                    .run();
            images.train(folder + "/model", "train.epochs", 2);
            return images;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void draw() throws IOException {
        List<String> rows = new ArrayList<>(List.of("image_id,target"));
        Files.createDirectories(folder.resolve("images"));
        for (int i = 0; i < COUNT; i++) {
            // An image's id is data: the report must show it as text.
            String id = i == 0 ? "<b>bold&amp;" : "P" + i;
            rows.add(id + "," + i % 2);
            Files.write(
                    folder.resolve("images/" + id + ".jpg"),
                    AttentionOverlay.encode(SyntheticLesion.draw(i, i % 2 == 1, SIDE), ".jpg"));
        }
        Files.write(folder.resolve("marking.csv"), rows);
    }

    /** One epoch, unless the settings say otherwise. */
    TrainJob.Result train(String out, Object... more) {
        return train(new StopSignal(), out, more);
    }

    /** Likewise, of a run that may be told to stop. */
    TrainJob.Result train(StopSignal stop, String out, Object... more) {
        Object[] settings = {
            "train.manifest",
            folder + "/prepared",
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
            64
        };
        return new TrainJob(
                        new JobContext(LocalSpark.session(), LocalSpark.settings(joined(settings, more)), false, stop))
                .run();
    }

    /** Scores images into {@code scores/} of a folder, unless the settings say otherwise. */
    ScoreJob.Result score(Path into, String images, Object... more) {
        Object[] settings = {"score.model", folder + "/model", "score.images", images, "score.out", into + "/scores"};
        return new ScoreJob(new JobContext(LocalSpark.session(), LocalSpark.settings(joined(settings, more)), false))
                .run();
    }

    private static Object[] joined(Object[] settings, Object[] more) {
        return Stream.concat(Stream.of(settings), Stream.of(more)).toArray();
    }

    /** The logits of a run by image id. */
    static Map<String, Float> logits(String out) {
        return LocalSpark.session()
                .read()
                .parquet(out + "/predictions")
                .select("image_id", "logit")
                .collectAsList()
                .stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row.getFloat(1)));
    }
}
