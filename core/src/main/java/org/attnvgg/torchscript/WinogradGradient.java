package org.attnvgg.torchscript;

import org.attnvgg.model.NetworkLayout.Convolution;

/**
 * The gradient of {@link WinogradConvolution}, as lines of a script: the adjoint of each of its steps, in turn. It suits a
 * plain convolution as well, which computes the same but for rounding.
 */
final class WinogradGradient {

    private static final int STEP = WinogradMatrices.STEP;
    private static final int EDGE = WinogradMatrices.EDGE;
    private static final int TILE = WinogradMatrices.TILE;

    private WinogradGradient() {}

    /**
     * Whether the gradient of a convolution with that number of output channels is quicker by Winograd: with fewer the
     * transforms take what the products save.
     */
    static boolean suits(int out) {
        return out >= 128;
    }

    /**
     * Writes what a convolution with zero padding of 1 passes back: from {@code name_result_grad}, the gradient by its result
     * N×O×size×size, {@code name_value_grad} N×C×size×size, channels last, and {@code name_weight_grad} O×C×3×3, float32.
     *
     * @param convolution gives the name; its filters are {@code name_weight} O×C×3×3, float32
     * @param value what it convolved, N×C×size×size
     */
    static void write(ScriptBuilder body, Convolution convolution, int size, Precision precision, String value) {
        String name = convolution.identifier();
        int in = convolution.in();
        int out = convolution.out();
        WinogradConvolution.transformInput(body, convolution, size, precision, value);
        transformGrad(body, name, size, out, precision);
        body.add("  %s_products = torch.bmm(torch.transpose(%1$s_grad_tiles, 1, 2), %1$s_input_tiles)", name); // 36×O×C
        body.add(
                "  %s_filter_grads = torch.mm(torch.t(filter_transform), torch.reshape(%s, [%d, -1]))",
                name, precision.widened(name + "_products"), TILE); // 9×(O·C)
        body.add(
                "  %s_weight_grad = torch.reshape(torch.contiguous(torch.t(%1$s_filter_grads)), [%d, %d, 3, 3])",
                name, out, in);
        String filters = "torch.mm(filter_transform, torch.t(torch.reshape(%s_weight, [-1, 9])))".formatted(name);
        body.add("  %s_filter_tiles = torch.reshape(%s, [%d, %d, %d])", name, precision.cast(filters), TILE, out, in);
        body.add(
                "  %s_tile_grads = torch.reshape(torch.bmm(%1$s_grad_tiles, %1$s_filter_tiles), [%d, -1])", name, TILE);
        overlap(body, name, "torch.mm(torch.t(input_transform), " + name + "_tile_grads)", size, in);
    }

    /** Writes {@code name_grad_tiles} 36×T×O: what the outputs of each tile pass back to its products. */
    private static void transformGrad(ScriptBuilder body, String name, int size, int out, Precision precision) {
        int tiles = WinogradConvolution.tiles(size);
        int behind = tiles * STEP - size;
        String last = "torch.permute(" + name + "_result_grad, [0, 2, 3, 1])";
        String whole = behind == 0 ? last : "torch.constant_pad_nd(%s, [0, 0, 0, %d, 0, %2$d])".formatted(last, behind);
        body.add("  %s_parted = torch.reshape(%s, [-1, %d, %d, %3$d, %4$d, %d])", name, whole, tiles, STEP, out);
        String outputs = "torch.permute(" + name + "_parted, [0, 1, 3, 2, 4, 5])";
        body.add(
                "  %s_grad_tiles = %s",
                name,
                WinogradConvolution.transformed("torch.t(output_transform)", outputs, STEP * STEP, out, precision));
    }

    /**
     * Writes {@code name_value_grad}: the sum of tiles 36×(T·C) where they overlap. What a tile has beyond its first four rows goes
     * to the first two of the tile below, and so with columns.
     */
    private static void overlap(ScriptBuilder body, String name, String tiles, int size, int in) {
        int count = WinogradConvolution.tiles(size);
        body.add(
                "  %s_windows = torch.permute(torch.reshape(%s, [%d, %3$d, -1, %d, %4$d, %d]), [2, 3, 0, 4, 1, 5])",
                name, tiles, EDGE, count, in); // N×tiles×6×tiles×6×C
        body.add(
                "  %s_rows = torch.constant_pad_nd(torch.slice(%1$s_windows, 2, 0, %d), [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])",
                name, STEP);
        body.add(
                "  %s_rows_end = torch.add_(torch.slice(torch.slice(%1$s_rows, 1, 1, %d), 2, 0, 2), torch.slice(%1$s_windows, 2, %d, %d))",
                name, count + 1, STEP, EDGE);
        body.add(
                "  %s_columns = torch.constant_pad_nd(torch.slice(%1$s_rows, 4, 0, %d), [0, 0, 0, 0, 0, 1])",
                name, STEP);
        body.add(
                "  %s_columns_end = torch.add_(torch.slice(torch.slice(%1$s_columns, 3, 1, %d), 4, 0, 2), torch.slice(%1$s_rows, 4, %d, %d))",
                name, count + 1, STEP, EDGE);
        body.add("  %s_whole = torch.reshape(%1$s_columns, [-1, %d, %2$d, %d])", name, STEP * (count + 1), in);
        body.add(
                "  %s_value_grad = torch.permute(torch.slice(torch.slice(%1$s_whole, 1, 1, %d), 2, 1, %2$d), [0, 3, 1, 2])",
                name, size + 1);
    }
}
