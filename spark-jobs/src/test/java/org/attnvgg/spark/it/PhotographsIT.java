package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.train.TrainJob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The network at its full size on photographs: {@code -Dphotographs=DIR} with {@code images/} and {@code marking.csv}. */
@EnabledIfSystemProperty(named = "photographs", matches = ".+")
class PhotographsIT {

    private static final Path PHOTOGRAPHS = Path.of(System.getProperty("photographs", ""));

    @TempDir
    private Path folder;

    @Test
    void theSameWeightsScoreAlikeInEitherPrecision() {
        new PrepareJob(run(
                        "prepare.marking", PHOTOGRAPHS.resolve("marking.csv"),
                        "prepare.images", PHOTOGRAPHS.resolve("images"),
                        "prepare.out", folder.resolve("prepared"),
                        "prepare.negatives", "all"))
                .run();
        new TrainJob(run(
                        "train.manifest",
                        folder.resolve("prepared"),
                        "train.out",
                        folder.resolve("model"),
                        "train.epochs",
                        8,
                        "train.batch-size",
                        8,
                        "train.precision",
                        "bfloat16"))
                .run();
        Probabilities exact = scores("float32");
        double distance = scores("bfloat16").distance(exact);
        System.out.printf(
                "probabilities of %d photographs are spread over %.3f; bfloat16 is at most %.5f from float32%n",
                exact.byId().size(), exact.spread(), distance);
        assertThat(exact.spread()).as("spread of the probabilities").isGreaterThan(0.1);
        assertThat(distance)
                .as("greatest distance of a bfloat16 probability from float32's")
                .isLessThanOrEqualTo(0.01);
    }

    private Probabilities scores(String precision) {
        Path out = folder.resolve(precision);
        new ScoreJob(run(
                        "score.model",
                        folder.resolve("model"),
                        "score.images",
                        PHOTOGRAPHS.resolve("images"),
                        "score.out",
                        out,
                        "score.precision",
                        precision))
                .run();
        return Probabilities.of(out);
    }

    private static JobContext run(Object... settings) {
        return new JobContext(LocalSpark.session(), LocalSpark.settings(settings), false);
    }
}
