package org.attnvgg.spark.train;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import org.attnvgg.spark.shim.DriverMetrics;
import org.attnvgg.training.EpochMetrics;

/**
 * The last epoch's figures in Spark's own metrics system, as the driver's source {@code attnvgg}: whatever sinks
 * {@code spark.metrics.conf} names (Prometheus, Graphite, CSV, JMX) get them.
 */
final class TrainingMetrics implements AutoCloseable {

    private final MetricRegistry registry = new MetricRegistry();
    private final DriverMetrics published;
    private volatile EpochMetrics last;

    /** Adds the figures to this driver's metrics. */
    TrainingMetrics(double learningRate) {
        registry.register("learning_rate", (Gauge<Double>) () -> learningRate);
        gauge("epoch", metrics -> (double) metrics.epoch());
        gauge("train_loss", EpochMetrics::trainLoss);
        gauge("validation_loss", EpochMetrics::validationLoss);
        gauge("roc_auc", EpochMetrics::rocAuc);
        gauge("average_precision", EpochMetrics::averagePrecision);
        gauge("examples_per_second", EpochMetrics::examplesPerSecond);
        gauge("rejected", metrics -> (double) metrics.rejected());
        published = new DriverMetrics("attnvgg", registry);
    }

    private interface Figure {
        Double of(EpochMetrics metrics);
    }

    private void gauge(String name, Figure figure) {
        registry.register(name, (Gauge<Double>) () -> last == null ? null : figure.of(last));
    }

    /** These are the last epoch's figures from now on. */
    void show(EpochMetrics metrics) {
        last = metrics;
    }

    @Override
    public void close() {
        published.close();
    }
}
