package org.attnvgg.spark.exchange;

import java.io.Serializable;
import java.time.Duration;
import org.attnvgg.spark.config.TrainSettings;

/**
 * How long the exchange waits for what.
 *
 * @param heartbeat for a sign of life of a task; without one it is lost
 * @param step for a shard's gradient
 * @param executors for enough tasks to be there
 * @param minExecutors how many are enough to go on
 */
public record ExchangeLimits(Duration heartbeat, Duration step, Duration executors, int minExecutors)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** The limits that settings give. */
    public static ExchangeLimits of(TrainSettings settings) {
        return new ExchangeLimits(
                settings.exchange().heartbeatTimeout(),
                settings.exchange().stepTimeout(),
                settings.cluster().executorWait(),
                settings.cluster().minExecutors());
    }
}
