package org.attnvgg.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AdamTest {

    @Test
    void anUpdateSaysWhetherAllIsStillFinite() {
        float[] values = {1, 2, 3};
        assertThat(new Adam(0.1, 3).update(values, new float[] {5, -1, 0}, 1)).isTrue();
        assertThat(new Adam(1e38, 3).update(values.clone(), new float[] {5, -1, 0}, 1))
                .as("a value beyond float32")
                .isFalse();
        assertThat(new Adam(0.1, 3).update(values.clone(), new float[] {1e25f, 0, 0}, 1))
                .as("a moment beyond float32")
                .isFalse();
    }

    @Test
    void theFirstUpdateIsTheLearningRateInTheGradientsDirection() {
        float[] values = {1, 1, 1};
        new Adam(0.1, 3).update(values, new float[] {5, -0.001f, 0}, 1);
        assertThat(values[0]).isCloseTo(0.9f, within(1e-6f));
        assertThat(values[1]).isCloseTo(1.1f, within(1e-5f));
        assertThat(values[2]).isEqualTo(1f);
    }

    /** Kingma and Ba's algorithm 1, in double. */
    @Test
    void followsThePapersFormula() {
        int size = 600_000; // more than one chunk
        Random random = new Random(7);
        float[] values = new float[size];
        double[] expected = new double[size];
        double[] m = new double[size];
        double[] v = new double[size];
        Adam adam = new Adam(1e-3, size);
        for (int t = 1; t <= 5; t++) {
            float[] gradient = new float[size];
            for (int i = 0; i < size; i++) {
                gradient[i] = (float) random.nextGaussian();
                m[i] = 0.9 * m[i] + 0.1 * gradient[i];
                v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i];
                double mHat = m[i] / (1 - Math.pow(0.9, t));
                double vHat = v[i] / (1 - Math.pow(0.999, t));
                expected[i] -= 1e-3 * mHat / (Math.sqrt(vHat) + 1e-8);
            }
            adam.update(values, gradient, 1);
        }
        for (int i = 0; i < size; i++) {
            assertThat(Math.abs(values[i] - expected[i])).isLessThan(1e-7);
        }
    }

    @Test
    void goesOnFromItsState() {
        float[] gradient = {0.5f, -2};
        float[] whole = {1, 1};
        Adam adam = new Adam(0.01, 2);
        for (int i = 0; i < 4; i++) {
            adam.update(whole, gradient, 1);
        }
        float[] resumed = {1, 1};
        Adam first = new Adam(0.01, 2);
        first.update(resumed, gradient, 1);
        first.update(resumed, gradient, 1);
        Adam.State state = first.state();
        Adam second = new Adam(
                0.01,
                new Adam.State(
                        state.step(),
                        state.firstMoment().clone(),
                        state.secondMoment().clone()));
        second.update(resumed, gradient, 1);
        second.update(resumed, gradient, 1);
        assertThat(resumed).containsExactly(whole);
        assertThat(second.state().step()).isEqualTo(4);
    }

    @Test
    void refusesVectorsOfAnotherLength() {
        assertThatThrownBy(() -> new Adam(0.01, 3).update(new float[3], new float[2], 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Adam holds 3 moments, but was given 3 values and 2 gradients");
    }
}
