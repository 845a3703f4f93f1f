package org.attnvgg.spark.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.ModelFolders;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.train.TrainJob;
import org.attnvgg.training.EpochMetrics;

/** {@code train} of two epochs on a marking file's images at width 1: the speed of the second. */
final class TrainBench {

    /** Forward, and backward by values and by weights. */
    private static final int PASSES = 3;

    private final JobContext run;
    private final BenchOptions options;

    TrainBench(JobContext run, BenchOptions options) {
        this.run = run;
        this.options = options;
    }

    void run() throws IOException {
        EpochMetrics epoch = ModelFolders.withLocalFolder(this::train);
        double peak = Machine.peakGigaflops(options.precision());
        double gigaflops = PASSES * Machine.forwardGigaflop(options.network()) * epoch.examplesPerSecond();
        Console.line(
                "train: %.2f images/s; %.1f GFLOP/s, %.0f %% of this machine's matrix product (%.1f)",
                epoch.examplesPerSecond(), gigaflops, 100 * gigaflops / peak, peak);
    }

    private EpochMetrics train(Path folder) {
        Settings all = run.settings()
                .with(Map.of(
                        "prepare.marking", options.marking(),
                        "prepare.images", options.images(),
                        "prepare.negatives", "all",
                        "prepare.validation-fraction", 0.05,
                        "prepare.out", folder.resolve("prepared"),
                        "train.manifest", folder.resolve("prepared"),
                        "train.out", folder.resolve("model")));
        Settings training = all.with(Map.of(
                "train.epochs", 2,
                "train.batch-size", options.batchSize(),
                "train.precision", options.precision(),
                "model.width", options.width()));
        new PrepareJob(new JobContext(run.spark(), training, false)).run();
        return new TrainJob(new JobContext(run.spark(), training, false))
                .run()
                .model()
                .epochs()
                .get(1);
    }
}
