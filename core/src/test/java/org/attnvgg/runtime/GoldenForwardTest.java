package org.attnvgg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.attnvgg.Devices;
import org.attnvgg.Golden;
import org.attnvgg.Ratios;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.torchscript.NetworkScript;
import org.attnvgg.torchscript.Precision;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Logits and attention maps of the scoring network, whose batch norm is folded into the convolutions, against the truth in
 * float64: with plain convolutions and with Winograd's.
 */
@ParameterizedClass
@MethodSource("org.attnvgg.Devices#withEverySeed")
class GoldenForwardTest {

    private static final List<String> OUTPUTS = List.of("logits", "pool3", "pool4");

    /** Outputs leave the network in float32, which alone may put them 6e-8 off. */
    private static final double FLOAT64_TOLERANCE = 1e-6;

    @Parameter(0)
    private Device device;

    @Parameter(1)
    private Golden golden;

    @Tag("float64")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void float64GivesTheTruth(boolean winograd) {
        assumeTrue(!winograd || !device.isGpu(), "Winograd is for CPUs");
        Ratios ratios = new Ratios("%s, %s, Winograd %s in float64".formatted(golden, device, winograd));
        for (boolean softmax : new boolean[] {true, false}) {
            List<double[]> truth = golden.forward(softmax);
            List<float[]> found = forward(softmax, Precision.FLOAT64, winograd);
            for (int i = 0; i < truth.size(); i++) {
                double distance = greatestRelativeDistance(found.get(i), truth.get(i));
                ratios.add(OUTPUTS.get(i), name(softmax), distance, FLOAT64_TOLERANCE);
            }
        }
        ratios.assertWithinBounds();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void float32IsAsNearTheTruthAsPyTorchs(boolean winograd) {
        assumeTrue(!winograd || !device.isGpu(), "Winograd is for CPUs");
        Ratios ratios = new Ratios("%s, %s, Winograd %s in float32".formatted(golden, device, winograd));
        for (boolean softmax : new boolean[] {true, false}) {
            List<double[]> truth = golden.forward(softmax);
            List<float[]> found = forward(softmax, Precision.FLOAT32, winograd);
            for (int i = 0; i < truth.size(); i++) {
                double size = i == 0 ? Math.max(1, greatest(truth.get(i))) : sizeOfMap(truth.get(i), softmax);
                double bound = golden.float32Bound(size, i, "forward_" + name(softmax));
                ratios.add(OUTPUTS.get(i), name(softmax), greatestDistance(found.get(i), truth.get(i)), bound);
            }
        }
        ratios.assertWithinBounds();
    }

    /**
     * Rounding to bfloat16's 8 bits errs by 0.0017 of a value (root mean square), so a plain convolution, whose inputs,
     * filters and results are rounded, by 0.003, and Winograd's by six times that. Eight and five of them together give
     * √(8·0.003² + 5·0.018²) = 0.04. Pooling averages it over a map's positions, the ten or so that attention picks at the
     * least, which leaves features that err by 0.013. A logit is a sum of products of features and weights, of any sign: it
     * errs by 0.013 of the root of the sum of their squares, however small it is itself, and what all features have in common
     * shifts it in proportion. Four standard deviations of the one, and 0.02 of the other, are allowed. float16 has three bits
     * more and keeps that easily.
     */
    @ParameterizedTest
    @CsvSource({"BFLOAT16, true", "BFLOAT16, false", "FLOAT16, true", "FLOAT16, false"})
    void logitsOfShorterPrecisionsStayNearFloat32s(Precision precision, boolean softmax) {
        assumeTrue(Devices.suits(device, precision), precision + " is for GPUs");
        boolean winograd = !device.isGpu();
        float[] exact = forward(softmax, Precision.FLOAT32, winograd).get(0);
        float[] rounded = forward(softmax, precision, winograd).get(0);
        double[] sizes = sizesOfLogits(softmax);
        Ratios ratios = new Ratios("%s, %s, Winograd %s in %s".formatted(golden, device, winograd, precision));
        for (int i = 0; i < exact.length; i++) {
            double bound = 4 * 0.013 * sizes[i] + 0.02 * Math.abs(exact[i]);
            ratios.add("logits", name(softmax), Math.abs(rounded[i] - exact[i]), bound);
        }
        ratios.assertWithinBounds();
    }

    /** Of each image, the root of the sum of squares of what a logit adds up: features times weights. */
    private double[] sizesOfLogits(boolean softmax) {
        NetworkConfig settings = new NetworkConfig(1, 224, softmax, 0);
        NetworkScript script = new NetworkScript(settings, Precision.FLOAT32, false);
        String sum = "torch.linear(features, cls_weight, cls_bias)";
        assertThat(script.source()).contains(sum);
        String terms = script.source().replace(sum, "torch.mul(features, cls_weight)"); // N×F
        try (ScriptModule module = new ScriptModule("the terms of logits", terms, device);
                NDManager manager = module.manager().newSubManager()) {
            NDList tensors = ScoringNetwork.packed(script, golden.weights(NetworkLayout.of(settings)), device);
            tensors.attach(manager);
            NDArray found = module.run(new NDList(images(manager)).addAll(tensors), false)
                    .head();
            float[] squares = found.square().sum(new int[] {1}).toFloatArray();
            return new double[] {Math.sqrt(squares[0]), Math.sqrt(squares[1])};
        }
    }

    private static String name(boolean softmax) {
        return softmax ? "softmax" : "sigmoid";
    }

    /** The logits, and the maps of pool 3 and pool 4, of two images. */
    private List<float[]> forward(boolean softmax, Precision precision, boolean winograd) {
        NetworkConfig settings = new NetworkConfig(1, 224, softmax, 0);
        NetworkScript script = new NetworkScript(settings, precision, winograd);
        try (ScoringNetwork network = new ScoringNetwork(script, golden.weights(NetworkLayout.of(settings)), device);
                NDManager manager = NDManager.newBaseManager(device)) {
            return values(network.score(images(manager)));
        }
    }

    private NDArray images(NDManager manager) {
        return manager.create(golden.batch(0, 0).pixels(), new Shape(2, 3, 224, 224), DataType.FLOAT32);
    }

    private static List<float[]> values(AttnVggOutput output) {
        assertThat(output.pool3().getShape()).isEqualTo(new Shape(2, 1, 28, 28));
        assertThat(output.pool4().getShape()).isEqualTo(new Shape(2, 1, 14, 14));
        return List.of(
                output.logits().toFloatArray(),
                output.pool3().toFloatArray(),
                output.pool4().toFloatArray());
    }

    /**
     * What roundings of the scores before softmax or sigmoid do to a map: its derivative a·(1-a) where it is steepest, times the
     * scores' greatest size. The values' own rounding is once, not that of thirteen layers.
     */
    private static double sizeOfMap(double[] map, boolean softmax) {
        double steepest = Arrays.stream(map).map(a -> a * (1 - a)).max().orElseThrow();
        double least = Arrays.stream(map).min().orElseThrow();
        double scores = softmax
                ? Math.log(greatest(map) / least)
                : Arrays.stream(map)
                        .map(a -> Math.abs(Math.log(a / Math.max(1 - a, Double.MIN_NORMAL))))
                        .max()
                        .orElseThrow();
        return steepest * scores + greatest(map) / Golden.LAYERS;
    }

    private static double greatest(double[] values) {
        double greatest = 0;
        for (double value : values) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        return greatest;
    }

    private static double greatestDistance(float[] found, double[] truth) {
        assertThat(found).hasSize(truth.length);
        double greatest = 0;
        for (int i = 0; i < truth.length; i++) {
            greatest = Math.max(greatest, Math.abs(found[i] - truth[i]));
        }
        return greatest;
    }

    private static double greatestRelativeDistance(float[] found, double[] truth) {
        assertThat(found).hasSize(truth.length);
        double greatest = 0;
        for (int i = 0; i < truth.length; i++) {
            greatest = Math.max(greatest, Math.abs(found[i] - truth[i]) / Math.abs(truth[i]));
        }
        return greatest;
    }
}
