package org.attnvgg.spark.train;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.metrics.source.Source;
import org.attnvgg.training.EpochMetrics;

/**
 * The last epoch's figures in Spark's own metrics system, as the driver's source {@code attnvgg}: whatever sinks
 * {@code spark.metrics.conf} names (Prometheus, Graphite, CSV, JMX) get them.
 */
final class TrainingMetrics implements Source, AutoCloseable {

    private final MetricRegistry registry = new MetricRegistry();
    private final MetricsSystem system = SparkEnv.get().metricsSystem();
    private volatile EpochMetrics last;

    private TrainingMetrics(double learningRate) {
        registry.register("learning_rate", (Gauge<Double>) () -> learningRate);
        gauge("epoch", metrics -> (double) metrics.epoch());
        gauge("train_loss", EpochMetrics::trainLoss);
        gauge("validation_loss", EpochMetrics::validationLoss);
        gauge("roc_auc", EpochMetrics::rocAuc);
        gauge("average_precision", EpochMetrics::averagePrecision);
        gauge("examples_per_second", EpochMetrics::examplesPerSecond);
        gauge("rejected", metrics -> (double) metrics.rejected());
    }

    /** Adds the source to this driver's metrics. */
    static TrainingMetrics register(double learningRate) {
        TrainingMetrics metrics = new TrainingMetrics(learningRate);
        metrics.system.registerSource(metrics);
        return metrics;
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
    public String sourceName() {
        return "attnvgg";
    }

    @Override
    public MetricRegistry metricRegistry() {
        return registry;
    }

    @Override
    public void close() {
        system.report();
        system.removeSource(this);
    }
}
