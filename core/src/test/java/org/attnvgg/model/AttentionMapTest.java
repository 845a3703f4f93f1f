package org.attnvgg.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class AttentionMapTest {

    @Test
    void ofASingleCell() {
        float[] values = new float[16];
        values[6] = 0.5f; // row 1, column 2 of 4×4
        AttentionMap map = new AttentionMap(values, 4);
        assertThat(map.peak()).isEqualTo(6);
        assertThat(map.center(6)).isEqualTo(new AttentionMap.Point(0.625, 0.375));
        assertThat(map.centroid()).isEqualTo(new AttentionMap.Point(0.625, 0.375));
        assertThat(map.entropy()).isZero();
        assertThat(map.area(0.5)).isEqualTo(1 / 16.0);
    }

    @Test
    void ofAnEvenMap() {
        float[] values = new float[16];
        Arrays.fill(values, 1 / 16f);
        AttentionMap map = new AttentionMap(values, 4);
        assertThat(map.entropy()).isCloseTo(Math.log(16), within(1e-12));
        assertThat(map.centroid()).isEqualTo(new AttentionMap.Point(0.5, 0.5));
        assertThat(map.area(0.5)).isEqualTo(0.5);
    }

    @Test
    void withoutMassThereIsNoShareOfIt() {
        AttentionMap zeros = new AttentionMap(new float[6], 3);
        assertThat(zeros.entropy()).isNaN();
        assertThat(zeros.area(0.5)).isNaN();
        assertThat(zeros.centroid()).isEqualTo(new AttentionMap.Point(Double.NaN, Double.NaN));
        assertThat(zeros.jaccard(zeros)).isNaN();
        assertThat(zeros.dice(zeros)).isNaN();
    }
}
