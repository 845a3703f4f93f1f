package org.attnvgg.spark.shim;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RefusalsTest {

    @Test
    void refusalsAreLoggedOnceASecondAndTheOthersCounted() {
        Refusals refusals = new Refusals();
        InetSocketAddress from = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
        long start = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        assertThat(refusals.add(from, "a reason", start)).isTrue();
        for (int i = 1; i < 1000; i++) {
            assertThat(refusals.add(from, "a reason", start + i * 1_000_000L)).isFalse();
        }
        assertThat(refusals.add(from, "a reason", start + 1_000_000_000L)).isTrue();
    }
}
