package org.attnvgg.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AttentionSummaryTest {

    @Test
    void ofASinglePoint() {
        float[] map = new float[16];
        map[6] = 0.5f; // row 1, column 2 of 4×4
        AttentionSummary summary = AttentionSummary.of(map, 4);
        assertThat(summary).isEqualTo(new AttentionSummary(0.5f, 0.625f, 0.375f, 0, 0.625f, 0.375f, 1 / 16f));
    }

    @Test
    void ofAnEvenMap() {
        float[] map = new float[16];
        java.util.Arrays.fill(map, 1 / 16f);
        AttentionSummary summary = AttentionSummary.of(map, 4);
        assertThat(summary.entropy()).isCloseTo((float) Math.log(16), within(1e-6f));
        assertThat(summary.centroidX()).isCloseTo(0.5f, within(1e-6f));
        assertThat(summary.centroidY()).isCloseTo(0.5f, within(1e-6f));
        assertThat(summary.area()).isEqualTo(0.5f);
    }
}
