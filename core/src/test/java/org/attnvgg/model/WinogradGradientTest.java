package org.attnvgg.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WinogradGradientTest {

    private static final int PICTURES = 2;
    private static final int IN = 32;
    private static final int OUT = 48;
    private static final Convolution CONVOLUTION = new Convolution(IN, OUT, 1, false, "c", "norm");

    private final Random random = new Random(5);

    @BeforeAll
    static void startTorch() {
        TorchRuntime.start(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 6, 7, 28})
    void itIsTheConvolutionsGradientWhetherTilesFitOrNot(int size) {
        assertThat(relativeErrors(size, Precision.FLOAT32))
                .allSatisfy(error -> assertThat(error).isLessThan(5e-6));
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 28})
    void bfloat16ErrsByItsRoundingAlone(int size) {
        assertThat(relativeErrors(size, Precision.BFLOAT16))
                .allSatisfy(error -> assertThat(error).isBetween(1e-3, 0.03));
    }

    /** The roots of the mean squares of the errors over those of the gradients: by the input, and by the filters. */
    private List<Double> relativeErrors(int size, Precision precision) {
        try (LoadedProgram program = new LoadedProgram("both ways", source(size, precision), Device.cpu());
                NDManager manager = NDManager.newBaseManager()) {
            NDList inputs = new NDList(
                    normal(manager, new Shape(PICTURES, IN, size, size)),
                    normal(manager, new Shape(OUT, IN, 3, 3)),
                    normal(manager, new Shape(PICTURES, OUT, size, size)));
            NDList outputs = program.run(inputs, false);
            return List.of(
                    relativeError(outputs.get(0), outputs.get(1)), relativeError(outputs.get(2), outputs.get(3)));
        }
    }

    private static double relativeError(NDArray found, NDArray plain) {
        assertThat(found.getShape()).isEqualTo(plain.getShape());
        return Math.sqrt(found.sub(plain).square().sum().getFloat()
                / plain.square().sum().getFloat());
    }

    private NDArray normal(NDManager manager, Shape shape) {
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, shape);
    }

    /** A program of pictures, filters and a gradient by the result that returns Winograd's gradients beside libtorch's. */
    private static String source(int size, Precision precision) {
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
        body.add("  return [%s, plain_value, c_weight_slope, plain_weight]", precision.widened("c_value_slope"));
        return NetworkProgram.classHead("") + body;
    }
}
