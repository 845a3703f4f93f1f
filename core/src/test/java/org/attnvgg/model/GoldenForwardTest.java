package org.attnvgg.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import org.attnvgg.Devices;
import org.attnvgg.Golden;
import org.attnvgg.model.NetworkProgram.Mode;
import org.attnvgg.training.Batch;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Logits and attention as PyTorch computes them, by the block and by the network with folded batch norm. */
@ParameterizedClass
@MethodSource("org.attnvgg.Devices#all")
class GoldenForwardTest {

    /** What golden/README.md asks of attention maps. */
    private static final float GOLDEN_TOLERANCE = 1e-6f;

    /** Sigmoid maps go up to 1, and the golden ones are themselves up to 2.8e-6 from those computed in double. */
    private static final float SIGMOID_TOLERANCE = 5e-6f;

    /** Folding, channels-last convolutions and cuDNN add in other orders. */
    private static final float FOLDED_TOLERANCE = 1e-5f;

    private static final float FOLDED_SIGMOID_TOLERANCE = 5e-5f;

    private static final Batch BATCH = Golden.batch(0, 0);

    @Parameter
    private Device device;

    @ParameterizedTest
    @CsvSource({"softmax, true", "sigmoid, false"})
    void theBlockGivesTheNotebooksLogitsAndAttention(String golden, boolean normalizeAttn) {
        NetworkSettings settings = new NetworkSettings(1, 224, normalizeAttn, 0);
        try (AttnVgg network = new AttnVgg(settings, Precision.FLOAT32, device);
                NDManager manager = network.manager().newSubManager()) {
            network.load(WeightsBuffer.of(network.layout(), Golden.weights(network.layout())));
            float tolerance = device.isGpu() ? FOLDED_TOLERANCE : normalizeAttn ? GOLDEN_TOLERANCE : SIGMOID_TOLERANCE;
            assertGolden(golden, network.evaluate(new NDList(images(manager))), tolerance);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "softmax, true, PREPARED_FOR_CPU",
        "sigmoid, false, PREPARED_FOR_CPU",
        "softmax, true, PREPARED",
        "sigmoid, false, PREPARED"
    })
    void theScoringNetworkGivesTheNotebooksLogitsAndAttention(String golden, boolean normalizeAttn, Mode mode) {
        assumeTrue(!device.isGpu() || mode == Mode.PREPARED, mode + " is for CPUs");
        NetworkSettings settings = new NetworkSettings(1, 224, normalizeAttn, 0);
        Weights weights = Golden.weights(NetworkLayout.of(settings));
        NetworkProgram program = new NetworkProgram(settings, Precision.FLOAT32, mode);
        try (ScoringNetwork network = new ScoringNetwork(program, weights, device);
                NDManager manager = NDManager.newBaseManager(device)) {
            float tolerance = normalizeAttn ? FOLDED_TOLERANCE : FOLDED_SIGMOID_TOLERANCE;
            assertGolden(golden, network.score(images(manager)), tolerance);
        }
    }

    @ParameterizedTest
    @CsvSource({"BFLOAT16, true", "BFLOAT16, false", "FLOAT16, true", "FLOAT16, false"})
    void logitsOfShorterPrecisionsStayWithinTwoHundredthsOfFloat32(Precision precision, boolean normalizeAttn) {
        assumeTrue(Devices.suits(device, precision), precision + " is for GPUs");
        NetworkSettings settings = new NetworkSettings(1, 224, normalizeAttn, 0);
        Weights weights = Golden.weights(NetworkLayout.of(settings));
        float[] exact = logits(settings, weights, Precision.FLOAT32);
        assertThat(logits(settings, weights, precision))
                .usingComparatorWithPrecision(2e-2f)
                .containsExactly(exact);
    }

    private float[] logits(NetworkSettings settings, Weights weights, Precision precision) {
        try (ScoringNetwork network = new ScoringNetwork(settings, weights, precision, device);
                NDManager manager = NDManager.newBaseManager(device)) {
            return network.score(images(manager)).logits().toFloatArray();
        }
    }

    private static NDArray images(NDManager manager) {
        return manager.create(BATCH.pixels(), new Shape(2, 3, 224, 224), DataType.FLOAT32);
    }

    private static void assertGolden(String name, AttnVggOutput output, float tolerance) {
        JsonObject golden = Golden.json().getAsJsonObject("forward_" + name);
        assertThat(output.logits().toFloatArray())
                .usingComparatorWithPrecision(1e-4f)
                .containsExactly(Golden.floats(golden.getAsJsonArray("logits")));
        assertThat(output.pool3().getShape()).isEqualTo(new Shape(2, 1, 28, 28));
        assertThat(greatestDifference(output.pool3().toFloatArray(), Golden.npy("a1_" + name + ".npy")))
                .isLessThanOrEqualTo(tolerance);
        assertThat(output.pool4().getShape()).isEqualTo(new Shape(2, 1, 14, 14));
        assertThat(greatestDifference(output.pool4().toFloatArray(), Golden.floats(golden.getAsJsonArray("a2"))))
                .isLessThanOrEqualTo(tolerance);
    }

    private static float greatestDifference(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        float worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
        }
        return worst;
    }
}
