package org.attnvgg.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WinogradConvolutionTest {

    private static final int PICTURES = 2;
    private static final int IN = 32;
    private static final int OUT = 48;
    private static final Convolution CONVOLUTION = new Convolution(IN, OUT, 1, false, "convolved", "norm");

    private final Random random = new Random(5);

    @BeforeAll
    static void startTorch() {
        TorchRuntime.start(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 6, 7, 28})
    void itIsTheConvolutionWhetherTilesFitOrNot(int size) {
        assertThat(relativeError(size, Precision.FLOAT32)).isLessThan(2e-6);
    }

    /** Plain convolutions err by 0.003 in bfloat16: their inputs and filters are rounded, here transformed ones are. */
    @ParameterizedTest
    @ValueSource(ints = {7, 28})
    void bfloat16ErrsByItsRoundingAlone(int size) {
        assertThat(relativeError(size, Precision.BFLOAT16)).isBetween(1e-3, 0.03);
    }

    /** The root of the mean square of the error over that of the outputs. */
    private double relativeError(int size, Precision precision) {
        try (LoadedProgram program = new LoadedProgram("both ways", source(size, precision), Device.cpu());
                NDManager manager = NDManager.newBaseManager()) {
            NDList inputs = new NDList(
                    normal(manager, new Shape(PICTURES, IN, size, size)),
                    normal(manager, new Shape(OUT, IN, 3, 3)),
                    normal(manager, new Shape(OUT)));
            NDList outputs = program.run(inputs, false);
            NDArray plain = outputs.get(0);
            assertThat(plain.getShape()).isEqualTo(new Shape(PICTURES, OUT, size, size));
            assertThat(outputs.get(1).getShape()).isEqualTo(plain.getShape());
            double error = outputs.get(1).sub(plain).square().sum().getFloat();
            return Math.sqrt(error / plain.square().sum().getFloat());
        }
    }

    private NDArray normal(NDManager manager, Shape shape) {
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, shape);
    }

    /** A program of pictures, filters and biases that returns libtorch's convolution in float32 and Winograd's. */
    private static String source(int size, Precision precision) {
        int type = precision.scalarType();
        ProgramText body = new ProgramText();
        body.add("def forward(self: __torch__.AttnVgg, x: Tensor, w: Tensor, b: Tensor) -> Tuple[Tensor, Tensor]:");
        WinogradMatrices.declareSampling(body, WinogradMatrices.FLOAT64);
        WinogradMatrices.declare(body, type);
        body.add("  filters = %s", WinogradConvolution.filters("w", IN, OUT, type));
        body.add("  value = torch.contiguous(torch.to(x, %d), memory_format=2)", type);
        body.add("  bias = torch.to(b, %d)", type);
        WinogradConvolution.convolve(body, CONVOLUTION, size, precision, "value", "filters", "bias");
        body.add("  plain = torch.conv2d(x, w, b, [1, 1], [1, 1], [1, 1], 1)");
        body.add("  return (plain, torch.to(convolved, 6))");
        return NetworkProgram.classHead("") + body;
    }
}
