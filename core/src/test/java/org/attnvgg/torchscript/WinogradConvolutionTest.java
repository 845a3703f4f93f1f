package org.attnvgg.torchscript;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.Stream;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.runtime.BothWays;
import org.attnvgg.runtime.TorchEngine;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WinogradConvolutionTest {

    private static final int IMAGES = 2;
    private static final int[] SIZES = {1, 2, 4, 6, 7, 28};
    private static final Convolution CONVOLUTION = new Convolution(32, 48, 1, false, "c", "norm");

    @BeforeAll
    static void startTorch() {
        TorchEngine.start(2);
    }

    /**
     * In float32 the transforms' own roundings count: greatest so far 4e-7, of the gradient 9e-7. In bfloat16 plain
     * convolutions err by 0.003, since their inputs and filters are rounded; here transformed ones are.
     */
    @ParameterizedTest
    @CsvSource({"FLOAT64, 0, 1e-14", "FLOAT32, 0, 2e-6", "BFLOAT16, 1e-3, 0.03"})
    void itIsTheConvolutionWhetherTilesFitOrNot(Precision precision, double least, double most) {
        for (int size : SIZES) {
            assertThat(convolution(size, precision))
                    .as("size " + size)
                    .hasSize(1)
                    .allSatisfy(error -> assertThat(error).isBetween(least, most));
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT64, 0, 1e-14", "FLOAT32, 0, 5e-6", "BFLOAT16, 1e-3, 0.03"})
    void itsGradientIsTheConvolutionsWhetherTilesFitOrNot(Precision precision, double least, double most) {
        for (int size : SIZES) {
            assertThat(gradient(size, precision))
                    .as("size " + size)
                    .hasSize(2)
                    .allSatisfy(error -> assertThat(error).isBetween(least, most));
        }
    }

    /** How far Winograd's convolution is from libtorch's in float64. */
    private static List<Double> convolution(int size, Precision precision) {
        int type = precision.scalarType();
        ScriptBuilder body = new ScriptBuilder();
        body.forward(Stream.of("x", "w", "b"), "List[Tensor]");
        WinogradMatrices.declareFilterTransform(body, WinogradMatrices.FLOAT64);
        WinogradMatrices.declare(body, type);
        body.add("  filters = %s", WinogradConvolution.filters("w", CONVOLUTION.in(), CONVOLUTION.out(), type));
        body.add("  value = torch.contiguous(%s, memory_format=2)", precision.cast("x"));
        body.add("  bias = %s", precision.cast("b"));
        WinogradConvolution.convolve(body, CONVOLUTION, size, precision, "value", "filters", "bias");
        body.add("  plain = torch.conv2d(%s, %s, %s, [1, 1], [1, 1], [1, 1], 1)", exact("x"), exact("w"), exact("b"));
        body.add("  return [%s, plain]", exact("c"));
        return BothWays.relativeErrors(body.toString(), input(size), filters(), new Shape(CONVOLUTION.out()));
    }

    /** How far Winograd's gradients by the input and by the filters are from libtorch's in float64. */
    private static List<Double> gradient(int size, Precision precision) {
        ScriptBuilder body = new ScriptBuilder();
        body.forward(Stream.of("x", "given_weight", "grad"), "List[Tensor]");
        WinogradMatrices.declareFilterTransform(body, precision.wideScalarType());
        WinogradMatrices.declare(body, precision.scalarType());
        body.add("  c_weight = %s", precision == Precision.FLOAT64 ? exact("given_weight") : "given_weight");
        body.add("  value = torch.contiguous(%s, memory_format=2)", precision.cast("x"));
        body.add("  c_result_grad = torch.contiguous(%s, memory_format=2)", precision.cast("grad"));
        WinogradGradient.write(body, CONVOLUTION, size, precision, "value");
        body.add(
                "  plain_value, plain_weight, none, = torch.convolution_backward(%s, %s, %s, None, [1, 1], [1, 1],"
                        + " [1, 1], False, [0, 0], 1, [True, True, False])",
                exact("grad"), exact("x"), exact("given_weight"));
        body.add("  return [%s, plain_value, %s, plain_weight]", exact("c_value_grad"), exact("c_weight_grad"));
        Shape grad = new Shape(IMAGES, CONVOLUTION.out(), size, size);
        return BothWays.relativeErrors(body.toString(), input(size), filters(), grad);
    }

    private static String exact(String value) {
        return Precision.FLOAT64.cast(value);
    }

    private static Shape input(int size) {
        return new Shape(IMAGES, CONVOLUTION.in(), size, size);
    }

    private static Shape filters() {
        return new Shape(CONVOLUTION.out(), CONVOLUTION.in(), 3, 3);
    }
}
