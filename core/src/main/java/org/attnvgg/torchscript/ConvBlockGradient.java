package org.attnvgg.torchscript;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.model.TensorSpec;

/**
 * The gradient of a {@link ConvBlock} in training, written out, so that {@link WinogradGradient} may compute it: for CPUs,
 * whose convolutions libtorch's autograd computes plainly.
 *
 * @param block whose gradient it is
 */
public record ConvBlockGradient(ConvBlock block) {

    /**
     * The script: from the gradient by the block's output, its input, what {@link ConvBlock#script()} gave and the block's
     * tensors to the gradient by the input, but for the first block, and those by {@link ConvBlock#trainable()}.
     */
    public String script() {
        ScriptBuilder body = new ScriptBuilder();
        Stream<String> tensors = block.tensors().stream().map(TensorSpec::identifier);
        Stream<String> given = Stream.concat(Stream.of("grad", block.input()), block.kept().stream());
        body.forward(Stream.concat(given, tensors), "List[Tensor]");
        WinogradMatrices.declare(body, precision().scalarType());
        WinogradMatrices.declareFilterTransform(body, precision().wideScalarType());
        block.formatInput(body, block.input());
        List<Convolution> convolutions = block.convolutions();
        String grad = block.layout(precision().cast("grad"));
        for (int i = convolutions.size() - 1; i >= 0; i--) {
            String value = i == 0 ? block.input() : convolutions.get(i - 1).outputIdentifier();
            grad = write(body, convolutions.get(i), value, grad);
        }
        Stream<String> byInput = block.number() == 1 ? Stream.of() : Stream.of(grad);
        Stream<String> byTensors = block.trainable().stream().map(tensor -> tensor.identifier() + "_grad");
        String gradients = Stream.concat(byInput, byTensors).collect(Collectors.joining(", "));
        return body.add("  return [%s]", gradients).toString();
    }

    private Precision precision() {
        return block.precision();
    }

    /** From the gradient by what leaves a convolution's ReLU or max pool to that by its input, {@code value}. */
    private String write(ScriptBuilder body, Convolution convolution, String value, String grad) {
        String conv = convolution.identifier();
        normalize(body, convolution, activate(convolution, grad));
        // Batch norm takes a batch's mean away, and a bias with it.
        body.add("  %s_bias_grad = torch.zeros_like(%1$s_bias)", conv);
        if (WinogradGradient.suits(convolution.out())) {
            WinogradGradient.write(body, convolution, block.size(), precision(), value);
        } else {
            body.add(
                    "  %s_value_grad, %1$s_filters_grad, %1$s_none, = torch.convolution_backward(%1$s_result_grad, %s, %s, None,"
                            + " [1, 1], [1, 1], [1, 1], False, [0, 0], 1, [%s, True, False])",
                    conv, value, block.filters(convolution), convolution.first() ? "False" : "True");
            body.add(
                    "  %s_weight_grad = torch.contiguous(%s)", conv, precision().widened(conv + "_filters_grad"));
        }
        return conv + "_value_grad";
    }

    /** The gradient by what batch norm gave. */
    private static String activate(Convolution convolution, String grad) {
        String activated = "torch.threshold_backward(%s, %s, 0)".formatted(grad, convolution.outputIdentifier());
        // Of what was pooled only its shape and layout count, which are those of what batch norm took.
        return convolution.lastOfBlock()
                ? "torch.max_pool2d_with_indices_backward(%s, %s, [2, 2], [2, 2], [0, 0], [1, 1], False, %s_places)"
                        .formatted(activated, convolution.identifier(), convolution.normIdentifier())
                : activated;
    }

    private static void normalize(ScriptBuilder body, Convolution convolution, String grad) {
        body.add(
                "  %s_result_grad, %2$s_weight_grad, %2$s_bias_grad, = torch.native_batch_norm_backward(%3$s, %1$s,"
                        + " %2$s_weight, %2$s_running_mean, %2$s_running_var, %2$s_mean, %2$s_scale, True,"
                        + " 1.0000000000000001e-05, [True, True, True])",
                convolution.identifier(), convolution.normIdentifier(), grad);
    }
}
