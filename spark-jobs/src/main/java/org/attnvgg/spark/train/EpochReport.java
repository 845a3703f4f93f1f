package org.attnvgg.spark.train;

import org.attnvgg.spark.job.Console;
import org.attnvgg.training.EpochMetrics;

/** What is stored, and told, of an epoch that is over. */
final class EpochReport {

    private EpochReport() {}

    /** The figures of an epoch, trained, and then validated in {@code validationSeconds}. */
    static EpochMetrics of(EpochProgress trained, Validation.Result validated, double validationSeconds) {
        return new EpochMetrics(
                trained.epoch(),
                trained.stepLosses().size(),
                trained.skipped(),
                trained.examples(),
                trained.loss(),
                trained.stepLosses(),
                validated.examples(),
                validated.loss(),
                validated.metrics().rocAuc(),
                validated.metrics().averagePrecision(),
                trained.rejected() + validated.rejects().size(),
                trained.examples() / Math.max(1e-3, trained.seconds()),
                trained.decodeSeconds(),
                trained.computeSeconds(),
                trained.exchangeSeconds(),
                trained.driverSeconds(),
                trained.seconds() + validationSeconds);
    }

    /** Prints the line of an epoch. */
    static void print(EpochMetrics metrics) {
        double training = metrics.decodeSeconds()
                + metrics.computeSeconds()
                + metrics.exchangeSeconds()
                + metrics.driverSeconds();
        Console.line(
                "epoch %d: train loss %.6f, validation loss %.6f, AUC %s, average precision %s, %.1f s; %.2f images/s:"
                        + " decode %.0f %%, compute %.0f %%, exchange %.0f %%, driver %.0f %%",
                metrics.epoch(),
                metrics.trainLoss(),
                metrics.validationLoss(),
                shown(metrics.rocAuc()),
                shown(metrics.averagePrecision()),
                metrics.seconds(),
                metrics.examplesPerSecond(),
                100 * metrics.decodeSeconds() / training,
                100 * metrics.computeSeconds() / training,
                100 * metrics.exchangeSeconds() / training,
                100 * metrics.driverSeconds() / training);
    }

    private static String shown(Double metric) {
        return metric == null ? "undefined (one class only)" : "%.4f".formatted(metric);
    }
}
