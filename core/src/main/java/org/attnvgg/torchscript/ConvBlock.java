package org.attnvgg.torchscript;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.model.TensorSpec;

/**
 * A block of convolutions, each followed by batch norm and ReLU, with a max pool at the end: the one statement of what it
 * computes, in training and in scoring. Training's forward convolutions are never Winograd's: a value that errs by one part
 * in a million turns a ReLU or a max pool the other way now and then, and gradients change by a percent.
 *
 * @param settings which network
 * @param precision number format of the convolutions
 * @param use what it is for
 * @param number 1 to 5
 */
public record ConvBlock(NetworkConfig settings, Precision precision, Use use, int number) {

    /** How many blocks there are. */
    private static final int COUNT = 5;

    private static final int CHANNELS_LAST = 2; // c10::MemoryFormat

    /** What a block is for. */
    public enum Use {
        /** Batch norm by the batch's own statistics, which also move the running ones. */
        TRAINING,
        /** Batch norm is folded into the convolutions, and their tensors are packed: see {@link WeightPacking}. */
        SCORING,
        /** The same, with wide convolutions by {@link WinogradConvolution}, which libtorch has for GPUs only. */
        SCORING_BY_WINOGRAD
    }

    /** The blocks of a network, from the images on. */
    public static List<ConvBlock> all(NetworkConfig settings, Precision precision, Use use) {
        return Stream.iterate(1, number -> number + 1)
                .limit(COUNT)
                .map(number -> new ConvBlock(settings, precision, use, number))
                .toList();
    }

    List<Convolution> convolutions() {
        return NetworkLayout.of(settings).convolutions().stream()
                .filter(convolution -> convolution.block() == number)
                .toList();
    }

    /** The tensors that the block takes, in order. */
    public List<TensorSpec> tensors() {
        List<String> prefixes = convolutions().stream()
                .flatMap(convolution -> Stream.of(convolution.prefix(), convolution.normPrefix()))
                .toList();
        return NetworkLayout.of(settings).tensors().stream()
                .filter(tensor -> use == Use.TRAINING || !tensor.role().ofBatchNorm())
                .filter(tensor -> prefixes.contains(
                        tensor.name().substring(0, tensor.name().lastIndexOf('.'))))
                .toList();
    }

    /** The tensors that have gradients, in order. */
    public List<TensorSpec> trainable() {
        return tensors().stream().filter(tensor -> tensor.role().trainable()).toList();
    }

    /** The name of the map that the block takes: N×3×S×S for the first. */
    String input() {
        return "pool" + (number - 1);
    }

    /** The name of the map that it gives, N×C×S/2ᵏ×S/2ᵏ for the k-th. */
    String output() {
        return "pool" + number;
    }

    /** What the training script returns: the output, and what {@link ConvBlockGradient} takes of the way. */
    List<String> kept() {
        List<String> kept = new ArrayList<>(List.of(output()));
        for (Convolution convolution : convolutions()) {
            String norm = convolution.normIdentifier();
            kept.addAll(List.of(convolution.identifier(), norm + "_mean", norm + "_scale"));
            kept.add(convolution.lastOfBlock() ? norm + "_places" : convolution.outputIdentifier());
        }
        return kept;
    }

    /** The training script: from the block's input and {@link #tensors()} to {@link #kept()}. */
    public String script() {
        ScriptBuilder body = new ScriptBuilder();
        Stream<String> names = tensors().stream().map(TensorSpec::identifier);
        body.forward(Stream.concat(Stream.of(input()), names), "List[Tensor]");
        formatInput(body, input());
        write(body);
        return body.add("  return [%s]", String.join(", ", kept())).toString();
    }

    /**
     * A script for autograd: the sum of the output's products with a gradient, whose derivative by the output is that gradient.
     * DJL's collector starts from ones only, and DJL's arrays know no bfloat16: its ones in such a format end the process.
     */
    public String productScript() {
        return new ScriptBuilder()
                .forward(Stream.of(output(), "grad"), "Tensor")
                .add("  return torch.sum(torch.mul(%s, grad), dtype=%d)", output(), precision.wideScalarType())
                .toString();
    }

    /** Writes the block: from its input, as {@link #formatInput} leaves it, to its output. */
    void write(ScriptBuilder body) {
        String value = input();
        for (Convolution convolution : convolutions()) {
            convolve(body, convolution, value);
            String activated = use == Use.TRAINING ? normalize(body, convolution) : convolution.identifier();
            if (convolution.lastOfBlock()) {
                // ReLU and max pool commute, and a pooled map is a quarter as large.
                activated = pool(body, convolution, activated);
            }
            value = convolution.outputIdentifier();
            body.add("  %s = torch.relu_(%s)", value, activated);
        }
    }

    /** Writes the first block's {@link #input()}: the images in the format that its convolution takes. */
    void formatInput(ScriptBuilder body, String images) {
        if (number == 1) {
            String cast = isExact(convolutions().get(0)) ? images : precision.cast(images);
            body.add("  %s = %s", input(), layout(cast));
        }
    }

    private void convolve(ScriptBuilder body, Convolution convolution, String value) {
        String conv = convolution.identifier();
        String bias = use == Use.TRAINING ? bias(convolution) : conv + "_bias";
        if (usesWinograd(convolution)) {
            WinogradConvolution.convolve(body, convolution, size(), precision, value, conv + "_weight", bias);
        } else {
            String weight = use == Use.TRAINING ? filters(convolution) : conv + "_weight";
            String convolved = "torch.conv2d(%s, %s, %s, [1, 1], [1, 1], [1, 1], 1)".formatted(value, weight, bias);
            body.add("  %s = %s", conv, isExact(convolution) ? precision.cast(convolved) : convolved);
        }
    }

    /** Batch norm, by cuDNN where that can, as {@code torch.batch_norm} would; its name. */
    private static String normalize(ScriptBuilder body, Convolution convolution) {
        String norm = convolution.normIdentifier();
        body.add(
                "  %s, %1$s_mean, %1$s_scale, %1$s_reserve, %1$s_backend, = torch._batch_norm_impl_index(%s, %1$s_weight,"
                        + " %1$s_bias, %1$s_running_mean, %1$s_running_var, True, 0.1, 1.0000000000000001e-05, True)",
                norm, convolution.identifier());
        return norm;
    }

    /** Max pool, whose gradient wants to know where the greatest values were; its name. */
    private String pool(ScriptBuilder body, Convolution convolution, String value) {
        if (use != Use.TRAINING) {
            return "torch.max_pool2d(%s, [2, 2], [2, 2])".formatted(value);
        }
        body.add(
                "  %s_pool, %1$s_places, = torch.max_pool2d_with_indices(%s, [2, 2], [2, 2])",
                convolution.normIdentifier(), value);
        return convolution.normIdentifier() + "_pool";
    }

    /** Height and width of the maps that it convolves. */
    int size() {
        return settings.imageSize() >> (number - 1);
    }

    /** The expression of a convolution's filters O×C×3×3, float32, as it takes them. */
    String filters(Convolution convolution) {
        String weight = convolution.identifier() + "_weight";
        return layout(isExact(convolution) ? weight : precision.cast(weight));
    }

    /** The expression of its bias. */
    String bias(Convolution convolution) {
        String bias = convolution.identifier() + "_bias";
        return isExact(convolution) ? bias : precision.cast(bias);
    }

    /** Scoring convolves the images themselves in float32: their levels' rounding would shift whole areas. */
    private boolean isExact(Convolution convolution) {
        return use != Use.TRAINING && precision.rounds() && convolution.first();
    }

    /** Whether {@link WinogradConvolution} computes it. */
    boolean usesWinograd(Convolution convolution) {
        return use == Use.SCORING_BY_WINOGRAD && WinogradConvolution.suits(convolution.in(), precision);
    }

    /**
     * Channels-last, which convolutions run fastest in, but for training in float32: libtorch's batch norm adds up
     * channels-last statistics in float32, which costs the gradients two digits, and contiguous ones in double.
     */
    String layout(String value) {
        return use != Use.TRAINING || precision.rounds()
                ? "torch.contiguous(%s, memory_format=%d)".formatted(value, CHANNELS_LAST)
                : value;
    }
}
