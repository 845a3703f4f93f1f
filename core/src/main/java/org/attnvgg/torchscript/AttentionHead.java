package org.attnvgg.torchscript;

import java.util.List;
import java.util.stream.Stream;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;

/**
 * What follows the convolutions, as lines of a script, all in float32: the notebook's two AttentionBlocks and its
 * classifier. In a shorter precision it would be hardly faster, and scores would move several times as far.
 */
public final class AttentionHead {

    /** The type of what a script returns: the logits and the two attention maps. */
    static final String RESULT = "Tuple[Tensor, Tensor, Tensor]";

    /** The maps that it takes. */
    public static final List<String> POOLS = List.of("pool3", "pool4", "pool5");

    private AttentionHead() {}

    /** The tensors that {@link #script} takes, in order. */
    public static List<TensorSpec> tensors(NetworkConfig settings) {
        return NetworkLayout.of(settings).tensors().stream()
                .filter(tensor ->
                        tensor.name().startsWith("attn") || tensor.name().startsWith("cls"))
                .toList();
    }

    /** The training script: the {@link #POOLS}, if so wanted the dropout mask, and {@link #tensors}. */
    public static String script(NetworkConfig settings, Precision precision, boolean masked, boolean repeatable) {
        ScriptBuilder body = new ScriptBuilder();
        Stream<String> mask = masked ? Stream.of("dropout_mask") : Stream.of();
        Stream<String> tensors = tensors(settings).stream().map(TensorSpec::identifier);
        body.forward(Stream.of(POOLS.stream(), mask, tensors).flatMap(names -> names), RESULT);
        write(body, settings, precision, masked, repeatable);
        return body.toString();
    }

    /**
     * Writes it, to the end of the method: logits N×1, and the attention maps N×1×S/8×S/8 and N×1×S/16×S/16, from the
     * {@link #POOLS} N×C×S/8×S/8, N×C×S/16×S/16 and N×C×S/32×S/32.
     *
     * @param precision of the pools
     * @param masked whether features are multiplied by {@code dropout_mask} N×F
     * @param repeatable whether gradients have the same bits at every call on a GPU too, where libtorch's own of upsampling
     *     adds up in any order: maps are then upsampled by a matrix product, which is slower on CPUs
     */
    static void write(
            ScriptBuilder body, NetworkConfig settings, Precision precision, boolean masked, boolean repeatable) {
        POOLS.forEach(pool -> body.add("  %s_wide = %s", pool, precision.widened(pool)));
        attention(body, settings, "1", "pool3_wide", settings.pool3Size(), repeatable);
        attention(body, settings, "2", "pool4_wide", settings.pool4Size(), repeatable);
        // The average pool covers the whole of pool-5.
        body.add("  g0 = torch.mean(pool5_wide, [2, 3], False)");
        body.add("  features = torch.cat([g0, g1, g2], 1)");
        String features = masked ? "torch.mul(features, dropout_mask)" : "features";
        body.add("  logits = torch.linear(%s, cls_weight, cls_bias)", features);
        body.add(
                "  return (%s, %s, %s)",
                precision.narrowed("logits"), precision.narrowed("a1"), precision.narrowed("a2"));
    }

    /** An AttentionBlock: leaves the map {@code aK} N×1×size×size and the features {@code gK} N×C. */
    private static void attention(
            ScriptBuilder body, NetworkConfig settings, String k, String local, int size, boolean repeatable) {
        boolean softmax = settings.normalizeAttn();
        body.add("  own%1$s = torch.conv2d(%2$s, attn%1$s_W_l_weight, None, [1, 1], [0, 0], [1, 1], 1)", k, local);
        body.add("  global%1$s = torch.conv2d(pool5_wide, attn%1$s_W_g_weight, None, [1, 1], [0, 0], [1, 1], 1)", k);
        if (repeatable) {
            multiply(body, settings.pool5Size(), k, size);
        } else {
            body.add("  upsampled%1$s = %2$s", k, upsampled("global" + k, size));
        }
        body.add("  joined%1$s = torch.relu_(torch.add(own%1$s, upsampled%1$s))", k);
        body.add(
                "  phi%1$s = torch.conv2d(joined%1$s, attn%1$s_phi_weight, attn%1$s_phi_bias, [1, 1], [0, 0], [1, 1], 1)",
                k);
        body.add("  c%1$s = torch.reshape(phi%1$s, [-1, %2$d])", k, size * size);
        body.add("  s%1$s = torch.%2$s", k, softmax ? "softmax(c" + k + ", 1)" : "sigmoid(c" + k + ")");
        body.add("  a%1$s = torch.reshape(s%1$s, [-1, 1, %2$d, %2$d])", k, size);
        body.add("  weighted%1$s = torch.mul(a%1$s, %2$s)", k, local);
        body.add("  g%1$s = torch.%2$s(weighted%1$s, [2, 3])", k, softmax ? "sum" : "mean");
    }

    private static String upsampled(String map, int size) {
        return "torch.upsample_bilinear2d(%1$s, [%2$d, %2$d], False, None, None)".formatted(map, size);
    }

    /** Upsampling {@code globalK} as a product with the upsampled maps that are 1 in one place and 0 elsewhere. */
    private static void multiply(ScriptBuilder body, int from, String k, int to) {
        body.add(
                "  units%1$s = torch.to(torch.eye(%2$d, dtype=6, layout=0, device=ops.prim.device(global%1$s),"
                        + " pin_memory=False), ops.prim.dtype(global%1$s))",
                k, from * from);
        body.add("  unit_maps%1$s = torch.reshape(units%1$s, [-1, 1, %2$d, %2$d])", k, from);
        body.add("  matrix%1$s = torch.reshape(%2$s, [-1, %3$d])", k, upsampled("unit_maps" + k, to), to * to);
        body.add("  rows%1$s = torch.reshape(global%1$s, [-1, %2$d])", k, from * from);
        body.add("  upsampled%1$s = torch.reshape(torch.mm(rows%1$s, matrix%1$s), torch.size(own%1$s))", k);
    }
}
