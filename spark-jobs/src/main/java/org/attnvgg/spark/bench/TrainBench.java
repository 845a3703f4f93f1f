package org.attnvgg.spark.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.Precision;
import org.attnvgg.spark.Console;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.Models;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.train.TrainJob;
import org.attnvgg.weights.EpochMetrics;

/** {@code train} of two epochs on a marking file's photographs at width 1: the speed of the second. */
final class TrainBench {

    /** Forward, and backward by values and by weights. */
    private static final int PASSES = 3;

    private final JobRun run;
    private final Settings settings;

    TrainBench(JobRun run) {
        this.run = run;
        settings = run.settings();
    }

    void run() throws IOException {
        EpochMetrics epoch = Models.withLocalFolder(this::train);
        NetworkSettings network = new NetworkSettings(settings.number("bench.width"), 224, true, 0);
        double peak = Machine.peakGigaflops(Precision.of(settings.string("bench.precision")));
        double gigaflops = PASSES * Machine.forwardGigaflop(network) * epoch.examplesPerSecond();
        Console.line(
                "train: %.2f pictures/s; %.1f GFLOP/s, %.0f %% of this machine's matrix product (%.1f)",
                epoch.examplesPerSecond(), gigaflops, 100 * gigaflops / peak, peak);
    }

    private EpochMetrics train(Path folder) {
        Settings all = settings.with(Map.of(
                "prepare.marking", settings.string("bench.marking"),
                "prepare.images", settings.string("bench.images"),
                "prepare.negatives", "all",
                "prepare.validation-fraction", 0.05,
                "prepare.out", folder.resolve("prepared"),
                "train.manifest", folder.resolve("prepared"),
                "train.out", folder.resolve("model")));
        Settings training = all.with(Map.of(
                "train.epochs", 2,
                "train.batch-size", settings.string("bench.batch-size"),
                "train.precision", settings.string("bench.precision"),
                "model.width", settings.string("bench.width")));
        new PrepareJob(new JobRun(run.spark(), training, false)).run();
        return new TrainJob(new JobRun(run.spark(), training, false))
                .run()
                .model()
                .epochs()
                .get(1);
    }
}
