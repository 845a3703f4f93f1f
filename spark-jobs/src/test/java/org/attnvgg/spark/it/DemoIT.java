package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.demo.DemoJob;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.score.ScoreJob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {

    @TempDir
    private Path folder;

    /**
     * Smaller than a user's demo, because processors without bfloat16 emulate it. 48 images are held out, 576 pairs of one of each kind, which both precisions order right with AVX-512 and with AVX2: a
     * few pairs may come the other way. Probabilities in bfloat16 were 0.0010 off at most.
     */
    @Test
    void eitherPrecisionTellsHeldOutImagesApart() {
        double exact = heldOutAuc("float32");
        assertThat(exact).isGreaterThanOrEqualTo(0.95);
        assertThat(folder.resolve("float32/report/index.html")).isNotEmptyFile();
        assertThat(heldOutAuc("bfloat16")).isCloseTo(exact, within(0.02));
        theSameWeightsScoreAlikeInEitherPrecision(exact);
    }

    private double heldOutAuc(String precision) {
        var settings = LocalSpark.settings(
                "demo.out",
                folder.resolve(precision),
                "demo.precision",
                precision,
                "demo.pictures",
                240,
                "demo.width",
                0.125,
                "demo.image-size",
                64,
                "demo.epochs",
                6);
        return new DemoJob(new JobContext(LocalSpark.session(), settings, false))
                .run()
                .heldOut()
                .rocAuc();
    }

    private void theSameWeightsScoreAlikeInEitherPrecision(double exactAuc) {
        Path demo = folder.resolve("float32");
        Settings settings = LocalSpark.settings(
                "score.model", demo.resolve("model"),
                "score.manifest", demo.resolve("held-out"),
                "score.out", folder.resolve("rounded"),
                "score.precision", "bfloat16",
                "report.tables", folder.resolve("rounded"),
                "report.out", folder.resolve("rounded-report"));
        JobContext run = new JobContext(LocalSpark.session(), settings, false);
        new ScoreJob(run).run();
        double distance =
                Probabilities.of(folder.resolve("rounded")).distance(Probabilities.of(demo.resolve("scores")));
        double auc = new ReportJob(run).run().metrics().rocAuc();
        System.out.printf("bfloat16's probabilities are at most %.5f from float32's, AUC %.5f%n", distance, auc);
        assertThat(distance)
                .as("greatest distance of a bfloat16 probability from float32's")
                .isLessThanOrEqualTo(0.01);
        assertThat(auc).isCloseTo(exactAuc, within(0.01));
    }
}
