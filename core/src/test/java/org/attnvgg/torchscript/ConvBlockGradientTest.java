package org.attnvgg.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.attnvgg.Golden;
import org.attnvgg.Ratios;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.TensorSpec.Role;
import org.attnvgg.runtime.ForwardPass;
import org.attnvgg.runtime.TorchEngine;
import org.attnvgg.runtime.TrainingNetwork;
import org.attnvgg.runtime.TrainingNetwork.BlockGradient;
import org.attnvgg.runtime.WeightsBuffer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The gradient that is written out against the one that autograd finds of the same blocks. */
class ConvBlockGradientTest {

    private static final int IMAGES = 3;
    private static final int SIDE = 64;

    /** The last two blocks have 128 channels: their gradients are Winograd's. */
    private static NetworkConfig settings(boolean softmax) {
        return new NetworkConfig(0.25, SIDE, softmax, 0.5);
    }

    @BeforeAll
    static void startTorch() {
        TorchEngine.start(2);
    }

    /**
     * In float64 both pass through float32 at the end only. In float32 each of six convolutions by Winograd may err by 5e-6
     * (WinogradConvolutionTest), which batch norms between them multiply by up to their scale, 6 or so. In bfloat16 the six
     * together were 0.062 off at most, with AVX-512, AVX2 and SSE4.1; three times that is allowed.
     */
    @ParameterizedTest
    @CsvSource({
        "FLOAT64, true, 1e-6",
        "FLOAT64, false, 1e-6",
        "FLOAT32, true, 2e-4",
        "FLOAT32, false, 2e-4",
        "BFLOAT16, true, 0.2",
        "BFLOAT16, false, 0.2"
    })
    void trainingFindsAutogradsGradient(Precision precision, boolean softmax, double tolerance) {
        Ratios ratios = new Ratios("the written gradient in %s, %s".formatted(precision, softmax));
        Map<TensorSpec, float[]> expected = gradients(settings(softmax), precision, BlockGradient.AUTOGRAD, 1);
        Map<TensorSpec, float[]> found = gradients(settings(softmax), precision, BlockGradient.WRITTEN, 1);
        for (TensorSpec tensor : found.keySet()) {
            if (tensor.role() == Role.CONV_BIAS) {
                assertThat(found.get(tensor)).as(tensor.name()).containsOnly(0);
            } else if (tensor.role() == Role.ATTENTION_BIAS && softmax) {
                // It shifts what softmax takes, so its true gradient is 0.
                assertThat(found.get(tensor)[0]).as(tensor.name()).isCloseTo(0, within(1e-6f));
            } else {
                double distance = distance(found.get(tensor), expected.get(tensor), 1);
                ratios.add("gradients", tensor.name(), distance, tolerance);
            }
        }
        ratios.assertWithinBounds();
    }

    @ParameterizedTest
    @EnumSource
    void gradientsOfSeveralPassesAddUp(BlockGradient gradient) {
        Map<TensorSpec, float[]> once = gradients(settings(true), Precision.FLOAT32, gradient, 1);
        Map<TensorSpec, float[]> thrice = gradients(settings(true), Precision.FLOAT32, gradient, 3);
        once.forEach((tensor, found) -> {
            if (tensor.role() != Role.CONV_BIAS) { // its true gradient is 0
                assertThat(found).as(tensor.name()).isNotEqualTo(new float[found.length]);
                assertThat(distance(thrice.get(tensor), found, 3))
                        .as(tensor.name())
                        .isLessThan(1e-6);
            }
        });
    }

    private static Map<TensorSpec, float[]> gradients(
            NetworkConfig settings, Precision precision, BlockGradient gradient, int passes) {
        try (TrainingNetwork network = new TrainingNetwork(settings, precision, Device.cpu(), gradient)) {
            network.load(WeightsBuffer.of(network.layout(), Golden.any().weights(network.layout())));
            for (int i = 0; i < passes; i++) {
                try (NDManager manager = network.manager().newSubManager();
                        ForwardPass pass = network.forward(inputs(manager))) {
                    pass.backward(new float[] {-0.7f, 0.3f, 1.3f});
                }
            }
            Map<TensorSpec, float[]> gradients = new HashMap<>();
            network.readGradients((tensor, values) -> {
                float[] copy = new float[tensor.size()];
                values.get(0, copy);
                gradients.put(tensor, copy);
            });
            return gradients;
        }
    }

    /** Images, and a mask that drops every third feature. */
    private static NDList inputs(NDManager manager) {
        Random random = new Random(7);
        int features = NetworkLayout.of(settings(true)).tensor("cls.weight").size();
        return new NDList(
                array(manager, i -> (float) random.nextGaussian(), IMAGES, 3, SIDE, SIDE),
                array(manager, i -> i % 3 == 0 ? 0f : 1.5f, IMAGES, features));
    }

    private static NDArray array(NDManager manager, Function<Integer, Float> value, long... shape) {
        float[] values = new float[(int) new Shape(shape).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.apply(i);
        }
        return manager.create(values, new Shape(shape));
    }

    /** The L2 distance of {@code a} from {@code times · b}, over the latter's length. */
    private static double distance(float[] a, float[] b, int times) {
        double distance = 0;
        double length = 0;
        for (int i = 0; i < a.length; i++) {
            distance += Math.pow(a[i] - times * b[i], 2);
            length += Math.pow(times * b[i], 2);
        }
        return Math.sqrt(distance / length);
    }
}
