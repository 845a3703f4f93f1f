package org.attnvgg.spark.shim;

import com.codahale.metrics.MetricRegistry;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.metrics.source.Source;

/** Figures in this driver's metrics until it is closed: all sinks that {@code spark.metrics.conf} names get them. */
public final class DriverMetrics implements AutoCloseable {

    private final MetricsSystem system = SparkEnv.get().metricsSystem();
    private final Source source;

    /** Adds figures under that name. */
    public DriverMetrics(String name, MetricRegistry registry) {
        source = new Source() {
            @Override
            public String sourceName() {
                return name;
            }

            @Override
            public MetricRegistry metricRegistry() {
                return registry;
            }
        };
        system.registerSource(source);
    }

    /** Reports them once more and takes them out. */
    @Override
    public void close() {
        system.report();
        system.removeSource(source);
    }
}
