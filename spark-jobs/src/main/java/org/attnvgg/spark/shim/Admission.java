package org.attnvgg.spark.shim;

import java.time.Duration;

/**
 * What the exchange's port takes of a connection before it is authenticated.
 *
 * @param deadline how long it may take to authenticate
 * @param frameBytes length of a frame at most
 * @param connections how many may wait at once; the oldest makes room for a new one
 */
public record Admission(Duration deadline, int frameBytes, int connections) {

    /** A handshake takes some milliseconds and less than a kilobyte. */
    public static final Admission DEFAULT = new Admission(Duration.ofSeconds(10), 1 << 16, 512);
}
