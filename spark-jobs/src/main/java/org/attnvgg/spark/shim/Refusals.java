package org.attnvgg.spark.shim;

import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs who was refused at the exchange's port: a line a second at most, which also gives the number of those that had none. */
final class Refusals {

    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
    private static final long NANOS_BETWEEN_LINES = TimeUnit.SECONDS.toNanos(1);

    private long lastLine = System.nanoTime() - NANOS_BETWEEN_LINES;
    private long unlogged;

    /** Somebody was refused. */
    synchronized void add(SocketAddress from, String reason) {
        add(from, reason, System.nanoTime());
    }

    /** Somebody was refused at that time; returns whether it was logged. */
    synchronized boolean add(SocketAddress from, String reason, long nanos) {
        if (nanos - lastLine < NANOS_BETWEEN_LINES) {
            unlogged++;
            return false;
        }
        LOG.warn("refused a connection to the exchange from {}: {}{}", from, reason, others());
        lastLine = nanos;
        unlogged = 0;
        return true;
    }

    /** Logs how many had no line yet. */
    synchronized void close() {
        if (unlogged > 0) {
            LOG.warn("refused connections to the exchange{}", others());
            unlogged = 0;
        }
    }

    private String others() {
        return unlogged == 0 ? "" : "; %,d others since the last such line".formatted(unlogged);
    }
}
