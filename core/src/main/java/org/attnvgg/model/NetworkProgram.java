package org.attnvgg.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.model.TensorSpec.Role;

/**
 * AttnVGG as a TorchScript program: what the network computes, from pictures to logits. Training on CPUs has the same
 * network in parts, see {@link BlockProgram}.
 *
 * <p>The program takes the images N×3×S×S in float32, while training with dropout the mask N×F of the features, and the
 * tensors of {@link #inputs()}; it returns the logits N×1 and the attention maps N×1×S/8×S/8 (pool-3) and
 * N×1×S/16×S/16 (pool-4), all float32. With {@link Mode#TRAINING} the running statistics change in place.
 *
 * <p>Network: Yan, Kawahara, Hamarneh, "Melanoma Recognition via Visual Attention", IPMI 2019.
 *
 * @param settings which network
 * @param precision number format of the convolutions
 * @param mode what it is for
 */
record NetworkProgram(NetworkSettings settings, Precision precision, Mode mode) {

    /** What a program is for. */
    enum Mode {
        /** Batch norm by the batch's own statistics, which also move the running ones. */
        TRAINING,
        /** Batch norm by the running statistics. */
        EVALUATION,
        /** Batch norm folded into the convolutions, see {@link FoldedWeights}: for scoring. */
        FOLDED,
        /** Folded, and with tensors that {@link #preparation()} has prepared. */
        PREPARED,
        /** Likewise, with wide convolutions by {@link WinogradConvolution}, which libtorch has for GPUs only. */
        PREPARED_FOR_CPU;

        boolean folded() {
            return this != TRAINING && this != EVALUATION;
        }

        boolean prepared() {
            return this == PREPARED || this == PREPARED_FOR_CPU;
        }
    }

    /** The class and the archive's root carry this name. */
    static final String NAME = "AttnVgg";

    private static final int CHANNELS_LAST = 2; // c10::MemoryFormat

    /** The tensors that the program takes, in order. */
    List<TensorSpec> inputs() {
        return NetworkLayout.of(settings).tensors().stream()
                .filter(tensor -> !mode.folded() || !tensor.role().ofBatchNorm())
                .toList();
    }

    /** Whether a program in a shorter precision rounds these tensors to it; the others stay float32. */
    static boolean rounds(Role role) {
        return role == Role.CONV_WEIGHT || role == Role.CONV_BIAS;
    }

    /** Whether the second input is the dropout mask: N×F, 0 for dropped features and 1 / (1 - p) for the others. */
    boolean takesDropoutMask() {
        return mode == Mode.TRAINING && settings.dropout() > 0;
    }

    /** The program, whose tensors are arguments of {@code forward}. */
    String source() {
        return classHead("") + forward(tensorArguments());
    }

    private String tensorArguments() {
        return arguments(inputs().stream().map(TensorSpec::identifier));
    }

    /** Tensors of those names, to follow other arguments of a method. */
    static String arguments(Stream<String> names) {
        return names.map(name -> ", " + name + ": Tensor").collect(Collectors.joining());
    }

    /** The program, whose tensors are attributes of the module: what {@code model.pt} holds. */
    String sourceWithAttributes() {
        String buffers = inputs().stream()
                .map(tensor -> "\"" + tensor.identifier() + "\", ")
                .collect(Collectors.joining());
        String declarations = inputs().stream()
                .map(tensor -> "  " + tensor.identifier() + " : Tensor\n")
                .collect(Collectors.joining());
        String loads = inputs().stream()
                .map(tensor -> "    %1$s = self.%1$s\n".formatted(tensor.identifier()))
                .collect(Collectors.joining());
        String[] forward = forward("").split("\n", 2);
        return classHead(buffers) + declarations + forward[0] + "\n" + loads + forward[1];
    }

    static String classHead(String buffers) {
        return "class %s(Module):%n  __parameters__ = []%n  __buffers__ = [%s]%n"
                .formatted(NAME, buffers)
                .replace(System.lineSeparator(), "\n");
    }

    private String forward(String arguments) {
        ProgramText body = new ProgramText();
        String mask = takesDropoutMask() ? ", dropout_mask: Tensor" : "";
        body.add(
                "def forward(self: __torch__.%s, x: Tensor%s%s) -> Tuple[Tensor, Tensor, Tensor]:",
                NAME, mask, arguments);
        convolutions(body);
        AttentionHead.write(body, settings, precision, takesDropoutMask(), !mode.folded());
        return body.toString();
    }

    /** Five blocks of (convolution, batch norm, ReLU) and max pool; leaves pool3, pool4 and pool5. */
    private void convolutions(ProgramText body) {
        body.add("  pool0 = %s", layout(mode.folded() && precision.rounds() ? "x" : precision.cast("x")));
        if (mode == Mode.PREPARED_FOR_CPU) {
            WinogradMatrices.declare(body, precision.scalarType());
        }
        String value = "pool0";
        for (Convolution convolution : NetworkLayout.of(settings).convolutions()) {
            String conv = convolution.identifier();
            String norm = convolution.normIdentifier();
            convolve(body, convolution, value);
            if (!mode.folded()) {
                body.add(
                        "  %s = torch.batch_norm(%s, %s, %s, %s, %s, %s, 0.1, 1.0000000000000001e-05, True)",
                        norm,
                        conv,
                        norm + "_weight",
                        norm + "_bias",
                        norm + "_running_mean",
                        norm + "_running_var",
                        mode == Mode.TRAINING ? "True" : "False");
            }
            value = convolution.outputIdentifier();
            String activated = mode.folded() ? conv : norm;
            if (convolution.lastOfBlock()) {
                // ReLU and max pool commute, and a pooled map is a quarter as large.
                activated = "torch.max_pool2d(%s, [2, 2], [2, 2])".formatted(activated);
            }
            body.add("  %s = torch.relu_(%s)", value, activated);
        }
    }

    private void convolve(ProgramText body, Convolution convolution, String value) {
        String conv = convolution.identifier();
        String weight = mode.prepared() ? conv + "_weight" : preparedWeight(convolution);
        String bias = mode.prepared() ? conv + "_bias" : preparedBias(convolution);
        if (tiled(convolution)) {
            int size = settings.imageSize() >> (convolution.block() - 1);
            WinogradConvolution.convolve(body, convolution, size, precision, value, weight, bias);
        } else {
            String convolved = "torch.conv2d(%s, %s, %s, [1, 1], [1, 1], [1, 1], 1)".formatted(value, weight, bias);
            body.add("  %s = %s", conv, exact(convolution) ? precision.cast(convolved) : convolved);
        }
    }

    /**
     * The program that prepares {@link #inputs()}, given as arguments, for a program that wants them so. What it returns has
     * memory of its own: DJL's arrays may lie in Java's.
     */
    String preparation() {
        ProgramText body = new ProgramText();
        body.add("def forward(self: __torch__.%s%s) -> List[Tensor]:", NAME, tensorArguments());
        if (mode == Mode.PREPARED_FOR_CPU) {
            WinogradMatrices.declareSampling(body, WinogradMatrices.FLOAT64);
        }
        Map<String, String> prepared = new LinkedHashMap<>();
        inputs().forEach(tensor -> prepared.put(tensor.identifier(), own(tensor.identifier())));
        for (Convolution convolution : NetworkLayout.of(settings).convolutions()) {
            String conv = convolution.identifier();
            String weight = preparedWeight(convolution);
            prepared.put(conv + "_weight", tiled(convolution) ? weight : own(weight));
            prepared.put(conv + "_bias", own(preparedBias(convolution)));
        }
        prepared.forEach((name, value) -> body.add("  %s_prepared = %s", name, value));
        body.add("  return [%s]", String.join("_prepared, ", prepared.keySet()) + "_prepared");
        return classHead("") + body;
    }

    /** A copy in the same layout. */
    private static String own(String value) {
        return "torch.clone(" + value + ")";
    }

    private String preparedWeight(Convolution convolution) {
        String weight = convolution.identifier() + "_weight";
        if (tiled(convolution)) {
            return WinogradConvolution.filters(weight, convolution.in(), convolution.out(), precision.scalarType());
        }
        return layout(exact(convolution) ? weight : precision.cast(weight));
    }

    private String preparedBias(Convolution convolution) {
        String bias = convolution.identifier() + "_bias";
        return exact(convolution) ? bias : precision.cast(bias);
    }

    /** Scoring convolves the pictures themselves in float32: their levels' rounding would shift whole areas. */
    private boolean exact(Convolution convolution) {
        return mode.folded() && precision.rounds() && convolution.first();
    }

    /** Whether {@link WinogradConvolution} computes it. */
    boolean tiled(Convolution convolution) {
        return mode == Mode.PREPARED_FOR_CPU && WinogradConvolution.suits(convolution.in(), precision);
    }

    /**
     * Channels-last, which convolutions run fastest in, but for the block in float32: libtorch's batch norm adds up
     * channels-last statistics in float32, which costs the gradients two digits, and contiguous ones in double.
     */
    private String layout(String value) {
        return mode.folded() ? channelsLast(value) : trainingLayout(value, precision);
    }

    /** The layout in training. */
    static String trainingLayout(String value, Precision precision) {
        return precision.rounds() ? channelsLast(value) : value;
    }

    private static String channelsLast(String value) {
        return "torch.contiguous(%s, memory_format=%d)".formatted(value, CHANNELS_LAST);
    }
}
