package org.attnvgg.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WinogradConvolutionTest {

    private static final int PICTURES = 2;
    private static final Convolution CONVOLUTION = new Convolution(32, 48, 1, false, "c", "norm");

    @BeforeAll
    static void startTorch() {
        TorchRuntime.start(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 6, 7, 28})
    void itIsTheConvolutionWhetherTilesFitOrNot(int size) {
        assertThat(convolution(size, Precision.FLOAT32)).hasSize(1).allMatch(error -> error < 2e-6);
    }

    /** Plain convolutions err by 0.003 in bfloat16: their inputs and filters are rounded, here transformed ones are. */
    @ParameterizedTest
    @ValueSource(ints = {7, 28})
    void bfloat16ErrsByItsRoundingAlone(int size) {
        assertThat(convolution(size, Precision.BFLOAT16)).hasSize(1).allMatch(error -> error > 1e-3 && error < 0.03);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 6, 7, 28})
    void itsGradientIsTheConvolutionsWhetherTilesFitOrNot(int size) {
        assertThat(gradient(size, Precision.FLOAT32)).hasSize(2).allMatch(error -> error < 5e-6);
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 28})
    void itsGradientInBfloat16ErrsByItsRoundingAlone(int size) {
        assertThat(gradient(size, Precision.BFLOAT16)).hasSize(2).allMatch(error -> error > 1e-3 && error < 0.03);
    }

    /** How far Winograd's convolution is from libtorch's in float32. */
    private static List<Double> convolution(int size, Precision precision) {
        int type = precision.scalarType();
        ProgramText body = new ProgramText();
        body.add("def forward(self: __torch__.AttnVgg, x: Tensor, w: Tensor, b: Tensor) -> List[Tensor]:");
        WinogradMatrices.declareSampling(body, WinogradMatrices.FLOAT64);
        WinogradMatrices.declare(body, type);
        body.add("  filters = %s", WinogradConvolution.filters("w", CONVOLUTION.in(), CONVOLUTION.out(), type));
        body.add("  value = torch.contiguous(%s, memory_format=2)", precision.cast("x"));
        body.add("  bias = %s", precision.cast("b"));
        WinogradConvolution.convolve(body, CONVOLUTION, size, precision, "value", "filters", "bias");
        body.add("  plain = torch.conv2d(x, w, b, [1, 1], [1, 1], [1, 1], 1)");
        body.add("  return [%s, plain]", precision.widened("c"));
        return BothWays.relativeErrors(
                NetworkProgram.classHead("") + body, input(size), filters(), new Shape(CONVOLUTION.out()));
    }

    /** How far Winograd's gradients by the input and by the filters are from libtorch's in float32. */
    private static List<Double> gradient(int size, Precision precision) {
        ProgramText body = new ProgramText();
        body.add("def forward(self: __torch__.AttnVgg, x: Tensor, c_weight: Tensor, slope: Tensor) -> List[Tensor]:");
        WinogradMatrices.declareSampling(body, Precision.FLOAT32.scalarType());
        WinogradMatrices.declare(body, precision.scalarType());
        body.add("  value = torch.contiguous(%s, memory_format=2)", precision.cast("x"));
        body.add("  c_result = torch.contiguous(%s, memory_format=2)", precision.cast("slope"));
        WinogradGradient.write(body, CONVOLUTION, size, precision, "value");
        body.add(
                "  plain_value, plain_weight, none, = torch.convolution_backward(slope, x, c_weight, None, [1, 1], [1, 1],"
                        + " [1, 1], False, [0, 0], 1, [True, True, False])");
        String value = precision.widened("c_value_slope");
        body.add("  return [%s, plain_value, c_weight_slope, plain_weight]", value);
        Shape slope = new Shape(PICTURES, CONVOLUTION.out(), size, size);
        return BothWays.relativeErrors(NetworkProgram.classHead("") + body, input(size), filters(), slope);
    }

    private static Shape input(int size) {
        return new Shape(PICTURES, CONVOLUTION.in(), size, size);
    }

    private static Shape filters() {
        return new Shape(CONVOLUTION.out(), CONVOLUTION.in(), 3, 3);
    }
}
