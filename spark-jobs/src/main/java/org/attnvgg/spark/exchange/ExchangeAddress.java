package org.attnvgg.spark.exchange;

import java.io.Serializable;

/**
 * What a task needs to reach the driver.
 *
 * @param run identity of the run
 * @param host of the driver
 * @param port of the exchange
 * @param secret this run's own; null where Spark authenticates its connections itself
 * @param weightsBytes length of one set of weights
 * @param limits how long to wait
 */
public record ExchangeAddress(String run, String host, int port, String secret, int weightsBytes, ExchangeLimits limits)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** Where, without the secret. */
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
