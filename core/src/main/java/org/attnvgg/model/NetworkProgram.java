package org.attnvgg.model;

import java.util.List;
import java.util.stream.Collectors;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.model.TensorSpec.Role;

/**
 * AttnVGG as a TorchScript program: the one place that says what the network computes.
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
        FOLDED
    }

    /** The class and the archive's root carry this name. */
    static final String NAME = "AttnVgg";

    private static final int FLOAT32 = Precision.FLOAT32.scalarType();
    private static final int CHANNELS_LAST = 2; // c10::MemoryFormat

    /** The tensors that the program takes, in order. */
    List<TensorSpec> inputs() {
        return NetworkLayout.of(settings).tensors().stream()
                .filter(tensor -> mode != Mode.FOLDED || !isBatchNorm(tensor.role()))
                .toList();
    }

    private static boolean isBatchNorm(Role role) {
        return switch (role) {
            case NORM_WEIGHT, NORM_BIAS, RUNNING_MEAN, RUNNING_VAR -> true;
            default -> false;
        };
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
        String arguments = inputs().stream()
                .map(tensor -> ", " + tensor.identifier() + ": Tensor")
                .collect(Collectors.joining());
        return classHead("") + forward(arguments);
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

    private static String classHead(String buffers) {
        return "class %s(Module):%n  __parameters__ = []%n  __buffers__ = [%s]%n"
                .formatted(NAME, buffers)
                .replace(System.lineSeparator(), "\n");
    }

    private String forward(String arguments) {
        Lines body = new Lines();
        String mask = takesDropoutMask() ? ", dropout_mask: Tensor" : "";
        body.add(
                "def forward(self: __torch__.%s, x: Tensor%s%s) -> Tuple[Tensor, Tensor, Tensor]:",
                NAME, mask, arguments);
        convolutions(body);
        attention(body, "1", "pool3", settings.pool3Size());
        attention(body, "2", "pool4", settings.pool4Size());
        // The average pool covers the whole of pool-5: S/32×S/32.
        body.add("  g0 = torch.mean(pool5, [2, 3], False, dtype=%d)", FLOAT32);
        body.add("  features = torch.cat([g0, g1, g2], 1)");
        String features = "features";
        if (takesDropoutMask()) {
            body.add("  kept = torch.mul(features, dropout_mask)");
            features = "kept";
        }
        body.add("  logits = torch.linear(%s, cls_weight, cls_bias)", features);
        body.add("  return (logits, a1, a2)");
        return body.text();
    }

    /** Five blocks of (convolution, batch norm, ReLU) and max pool; leaves pool3, pool4 and pool5. */
    private void convolutions(Lines body) {
        // Scoring convolves the pictures themselves in float32: their levels' rounding would shift whole areas.
        boolean firstExact = mode == Mode.FOLDED;
        body.add("  pool0 = %s", layout(firstExact ? "x" : cast("x")));
        String value = "pool0";
        for (Convolution convolution : NetworkLayout.of(settings).convolutions()) {
            String conv = convolution.prefix().replace('.', '_');
            String norm = convolution.normPrefix().replace('.', '_');
            boolean exact = firstExact && value.equals("pool0");
            String weight = exact ? conv + "_weight" : cast(conv + "_weight");
            String bias = exact ? conv + "_bias" : cast(conv + "_bias");
            String convolved =
                    "torch.conv2d(%s, %s, %s, [1, 1], [1, 1], [1, 1], 1)".formatted(value, layout(weight), bias);
            body.add("  %s = %s", conv, exact ? cast(convolved) : convolved);
            if (mode != Mode.FOLDED) {
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
            value = conv + "_relu";
            body.add("  %s = torch.relu_(%s)", value, mode == Mode.FOLDED ? conv : norm);
            if (convolution.lastOfBlock()) {
                String pool = "pool" + convolution.block();
                body.add("  %s = torch.max_pool2d(%s, [2, 2], [2, 2])", pool, value);
                value = pool;
            }
        }
    }

    /**
     * The notebook's AttentionBlock, in float32: leaves the map {@code aK} N×1×size×size and the features {@code gK} N×C.
     * In a shorter precision it would be hardly faster, and scores would move several times as far.
     */
    private void attention(Lines body, String k, String pool, int size) {
        body.add("  local%s = %s", k, widened(pool));
        body.add("  own%1$s = torch.conv2d(local%1$s, attn%1$s_W_l_weight, None, [1, 1], [0, 0], [1, 1], 1)", k);
        body.add(
                "  global%1$s = torch.conv2d(%2$s, attn%1$s_W_g_weight, None, [1, 1], [0, 0], [1, 1], 1)",
                k, widened("pool5"));
        body.add("  upsampled%1$s = torch.upsample_bilinear2d(global%1$s, [%2$d, %2$d], False, None, None)", k, size);
        body.add("  joined%1$s = torch.relu_(torch.add(own%1$s, upsampled%1$s))", k);
        body.add(
                "  phi%1$s = torch.conv2d(joined%1$s, attn%1$s_phi_weight, attn%1$s_phi_bias, [1, 1], [0, 0], [1, 1], 1)",
                k);
        body.add("  c%1$s = torch.reshape(phi%1$s, [-1, %2$d])", k, size * size);
        body.add(
                "  s%1$s = %2$s",
                k, settings.normalizeAttn() ? "torch.softmax(c" + k + ", 1)" : "torch.sigmoid(c" + k + ")");
        body.add("  a%1$s = torch.reshape(s%1$s, [-1, 1, %2$d, %2$d])", k, size);
        body.add("  weighted%1$s = torch.mul(a%1$s, local%1$s)", k);
        body.add("  g%1$s = torch.%2$s(weighted%1$s, [2, 3])", k, settings.normalizeAttn() ? "sum" : "mean");
    }

    private String widened(String value) {
        return precision == Precision.FLOAT32 ? value : "torch.to(%s, %d)".formatted(value, FLOAT32);
    }

    private String cast(String value) {
        return precision == Precision.FLOAT32 ? value : "torch.to(%s, %d)".formatted(value, precision.scalarType());
    }

    /**
     * Channels-last, which convolutions run fastest in, but for the block in float32: libtorch's batch norm adds up
     * channels-last statistics in float32, which costs the gradients two digits, and contiguous ones in double.
     */
    private String layout(String value) {
        boolean exact = mode != Mode.FOLDED && precision == Precision.FLOAT32;
        return exact ? value : "torch.contiguous(%s, memory_format=%d)".formatted(value, CHANNELS_LAST);
    }

    /** Lines of a method of a TorchScript class. */
    private static final class Lines {
        private final StringBuilder text = new StringBuilder();

        @SuppressWarnings("AnnotateFormatMethod") // its annotation would be a dependency
        void add(String format, Object... arguments) {
            text.append("  ").append(format.formatted(arguments)).append('\n');
        }

        String text() {
            return text.toString();
        }
    }
}
