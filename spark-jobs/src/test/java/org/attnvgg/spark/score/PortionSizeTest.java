package org.attnvgg.spark.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** How a night is divided: each portion takes about ten minutes. */
class PortionSizeTest {

    private static final Optional<Duration> TEN_MINUTES = Optional.of(Duration.ofMinutes(10));
    private static final long UNMEASURED = 800;

    @Test
    void theFirstPortionIsAsLargeAsEarlierRunsWereQuick() {
        PortionSize sizes = new PortionSize(TEN_MINUTES, OptionalDouble.of(5), UNMEASURED);
        assertThat(sizes.of(1_000_000)).isEqualTo(3000);
    }

    @Test
    void whereNothingIsKnownItIsSmall() {
        PortionSize sizes = new PortionSize(TEN_MINUTES, OptionalDouble.empty(), UNMEASURED);
        assertThat(sizes.of(1_000_000)).isEqualTo(UNMEASURED);
    }

    @Test
    void theNextOnesAreAsLargeAsTheLastWasQuick() {
        PortionSize sizes = new PortionSize(TEN_MINUTES, OptionalDouble.of(5), UNMEASURED);
        sizes.took(3000, Duration.ofMinutes(20));
        assertThat(sizes.of(1_000_000)).isEqualTo(1500);
        sizes.took(1500, Duration.ofSeconds(150));
        assertThat(sizes.of(1_000_000)).isEqualTo(6000);
    }

    @Test
    void aNightThatFitsIsOnePortionAndSoIsASmallRest() {
        PortionSize sizes = new PortionSize(TEN_MINUTES, OptionalDouble.of(5), UNMEASURED);
        assertThat(sizes.of(6)).isEqualTo(6);
        assertThat(sizes.of(4500)).isEqualTo(4500);
        assertThat(sizes.of(4501)).isEqualTo(3000);
    }

    @Test
    void withoutATimeAllIsOnePortion() {
        PortionSize sizes = new PortionSize(Optional.empty(), OptionalDouble.of(5), UNMEASURED);
        assertThat(sizes.of(1_000_000)).isEqualTo(1_000_000);
    }

    @Test
    void aPortionIsNeverEmptyHoweverSlowTheLastWas() {
        PortionSize sizes = new PortionSize(TEN_MINUTES, OptionalDouble.of(0.0001), UNMEASURED);
        assertThat(sizes.of(1_000_000)).isEqualTo(1);
        sizes.took(0, Duration.ofMinutes(20));
        assertThat(sizes.of(1_000_000)).isEqualTo(UNMEASURED);
    }
}
