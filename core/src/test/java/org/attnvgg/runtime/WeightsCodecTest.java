package org.attnvgg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.attnvgg.Bfloat16;
import org.attnvgg.Golden;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;
import org.attnvgg.torchscript.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightsCodecTest {

    private static final NetworkLayout LAYOUT = NetworkLayout.of(new NetworkConfig(0.125, 64, true, 0));

    @ParameterizedTest
    @EnumSource(Precision.class)
    void whatIsReadIsWhatWasWrittenUpToTheNetworksOwnRounding(Precision precision) {
        Weights weights = Golden.any().weights(LAYOUT);
        WeightsCodec format = new WeightsCodec(LAYOUT, precision);
        ByteBuffer bytes = ByteBuffer.allocateDirect(format.bytes());
        format.write(weights, bytes);
        WeightsBuffer read = format.read(bytes);
        for (TensorSpec tensor : LAYOUT.tensors()) {
            float[] expected = tensor.slice(weights.vectorOf(tensor));
            if (precision == Precision.BFLOAT16 && tensor.role().ofConvolution()) {
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = Bfloat16.widen(Bfloat16.round(expected[i]));
                }
            }
            float[] values = new float[tensor.size()];
            read.slice(tensor).asFloatBuffer().get(values);
            assertThat(Arrays.equals(values, expected)).as(tensor.name()).isTrue();
        }
    }

    @Test
    void bfloat16HalvesTheBytesOfTheWholeNetwork() {
        NetworkLayout layout = NetworkLayout.of(NetworkConfig.NOTEBOOK);
        int plain = new WeightsCodec(layout, Precision.FLOAT32).bytes();
        assertThat(plain).isEqualTo(4 * (15_183_683 + 8_448));
        assertThat(new WeightsCodec(layout, Precision.BFLOAT16).bytes()).isLessThan((int) (0.52 * plain));
    }
}
