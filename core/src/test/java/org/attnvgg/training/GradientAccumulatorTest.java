package org.attnvgg.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.attnvgg.Bfloat16;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.training.GradientCodec.GradientPrecision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GradientAccumulatorTest {

    private static final NetworkLayout LAYOUT = NetworkLayout.of(new NetworkConfig(0.125, 32, true, 0));
    private static final int GRADIENTS = LAYOUT.trainableSize();
    private static final int STATISTICS = LAYOUT.statisticsSize();

    private static ShardGradient shard(
            GradientPrecision precision, int examples, float[] gradient, float[] statistics) {
        ByteBuffer values = new GradientCodec(LAYOUT, precision).allocate();
        if (precision == GradientPrecision.FLOAT32) {
            values.asFloatBuffer().put(gradient).put(statistics);
        } else {
            Bfloat16.round(gradient, 0, gradient.length, values.asShortBuffer());
            values.slice(2 * GRADIENTS, 4 * STATISTICS)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer()
                    .put(statistics);
        }
        return new ShardGradient(examples, examples * 0.5, values);
    }

    private static float[] random(int seed, int size) {
        Random random = new Random(seed);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @ParameterizedTest
    @EnumSource(GradientPrecision.class)
    void addsGradientsAndAveragesStatisticsByExamples(GradientPrecision precision) {
        GradientAccumulator sum = new GradientAccumulator(new GradientCodec(LAYOUT, precision));
        float[] first = random(1, GRADIENTS);
        float[] second = random(2, GRADIENTS);
        float[] statistics = random(3, STATISTICS);
        sum.add(shard(precision, 3, first, statistics));
        sum.add(shard(precision, 1, second, new float[STATISTICS]));
        for (int i = 0; i < GRADIENTS; i++) {
            float expected = precision == GradientPrecision.FLOAT32
                    ? first[i] + second[i]
                    : Bfloat16.widen(Bfloat16.round(first[i])) + Bfloat16.widen(Bfloat16.round(second[i]));
            if (sum.gradient()[i] != expected) {
                assertThat(sum.gradient()[i]).as("value " + i).isEqualTo(expected);
            }
        }
        assertThat(sum.examples()).isEqualTo(4);
        assertThat(sum.lossSum()).isEqualTo(2.0);
        assertThat(sum.statistics()[5]).isEqualTo(3 * statistics[5] / 4);
    }

    @Test
    void aShardWithoutExamplesChangesNothingAndClearingStartsAnew() {
        GradientAccumulator sum = new GradientAccumulator(new GradientCodec(LAYOUT, GradientPrecision.FLOAT32));
        float[] gradient = random(1, GRADIENTS);
        sum.add(shard(GradientPrecision.FLOAT32, 0, random(5, GRADIENTS), new float[STATISTICS]));
        sum.add(shard(GradientPrecision.FLOAT32, 2, gradient, new float[STATISTICS]));
        sum.add(new ShardGradient(0, 0, null));
        assertThat(Arrays.equals(sum.gradient(), gradient)).isTrue();
        sum.clear();
        sum.add(shard(GradientPrecision.FLOAT32, 2, gradient, new float[STATISTICS]));
        assertThat(Arrays.equals(sum.gradient(), gradient)).isTrue();
        assertThat(sum.examples()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void tellsThatAShardIsNotFinite(float value) {
        for (GradientPrecision precision : GradientPrecision.values()) {
            GradientAccumulator sum = new GradientAccumulator(new GradientCodec(LAYOUT, precision));
            assertThat(sum.add(shard(precision, 1, random(1, GRADIENTS), random(2, STATISTICS))))
                    .isTrue();
            float[] gradient = random(1, GRADIENTS);
            gradient[GRADIENTS - 1] = value;
            assertThat(sum.add(shard(precision, 1, gradient, random(2, STATISTICS))))
                    .isFalse();
            assertThat(sum.nonFinite()).isEqualTo("gradient");
            float[] statistics = random(2, STATISTICS);
            statistics[STATISTICS - 1] = value;
            assertThat(sum.add(shard(precision, 1, random(1, GRADIENTS), statistics)))
                    .isFalse();
            assertThat(sum.nonFinite()).isEqualTo("running statistic");
            ShardGradient whole = shard(precision, 1, random(1, GRADIENTS), random(2, STATISTICS));
            assertThat(sum.add(new ShardGradient(1, value, whole.values()))).isFalse();
            assertThat(sum.nonFinite()).isEqualTo("loss or logit");
        }
    }
}
