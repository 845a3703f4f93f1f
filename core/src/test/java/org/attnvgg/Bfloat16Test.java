package org.attnvgg;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Bfloat16Test {

    /** As {@code torch.tensor(x).bfloat16().float()} gives them. */
    @ParameterizedTest
    @CsvSource({
        "1.0, 1.0",
        "1.00390625, 1.0", // half way: to even
        "1.01171875, 1.015625", // half way: to even
        "1.00390637, 1.0078125",
        "-3.1415927, -3.140625",
        "3.4e38, Infinity",
        "-Infinity, -Infinity",
        "1e-45, 0.0",
        "-0.0, -0.0",
        "NaN, NaN"
    })
    void roundsToNearestAndEven(float value, float expected) {
        assertThat(Float.valueOf(Bfloat16.widen(Bfloat16.round(value)))).isEqualTo(Float.valueOf(expected));
    }

    @Test
    void stretchesAreRoundedAndWidenedInPlaceOrder() {
        float[] values = new float[5000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        ShortBuffer rounded = ShortBuffer.allocate(4900);
        Bfloat16.round(values, 100, 4900, rounded);
        FloatBuffer widened = FloatBuffer.allocate(4900);
        Bfloat16.widen(rounded, widened);
        float[] tail = new float[3000];
        Bfloat16.widen(rounded, 1900, tail, 3000);
        for (int i = 0; i < 4900; i++) {
            float expected = Bfloat16.widen(Bfloat16.round(values[100 + i]));
            assertThat(widened.get(i)).isEqualTo(expected);
            if (i >= 1900) {
                assertThat(tail[i - 1900]).isEqualTo(expected);
            }
        }
    }
}
