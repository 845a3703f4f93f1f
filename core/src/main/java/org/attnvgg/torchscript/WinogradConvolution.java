package org.attnvgg.torchscript;

import org.attnvgg.model.NetworkLayout.Convolution;

/**
 * 3×3 convolutions by Winograd's minimal filtering F(4×4, 3×3), as lines of a script: the input is cut into tiles of 6×6
 * values that overlap by 2, tiles and filters are transformed, and a matrix product for each value of a tile takes the
 * convolution's place, with a quarter of its multiplications. Lavin and Gray, "Fast Algorithms for Convolutional Neural
 * Networks", CVPR 2016, https://arxiv.org/abs/1509.09308, section 4. What is written here uses {@link WinogradMatrices}, which
 * the script declares.
 */
final class WinogradConvolution {

    private static final int STEP = WinogradMatrices.STEP;
    private static final int TILE = WinogradMatrices.TILE;

    private WinogradConvolution() {}

    /**
     * Whether a convolution with that number of input channels is quicker by Winograd. With few of them the transforms take
     * what the products save; and in bfloat16 errors are some six times those of a plain convolution, too much for early layers.
     */
    static boolean suits(int in, Precision precision) {
        return in >= (precision.rounds() ? 512 : 256);
    }

    /** The expression of a filter O×C×3×3 transformed: 36×C×O, computed in float64. */
    static String filters(String weight, int in, int out, int scalarType) {
        String flat = "torch.t(torch.reshape(torch.to(%s, %d), [-1, 9]))".formatted(weight, WinogradMatrices.FLOAT64);
        return "torch.contiguous(torch.transpose(torch.to(torch.reshape(torch.mm(filter_transform, %s), [%d, %d, %d]), %d), 1, 2))"
                .formatted(flat, TILE, out, in, scalarType);
    }

    /**
     * Writes a convolution with zero padding of 1, which gets the convolution's name: N×O×size×size, channels last.
     *
     * @param value N×C×size×size, channels last
     * @param filters transformed, see {@link #filters}
     */
    static void convolve(
            ScriptBuilder body,
            Convolution convolution,
            int size,
            Precision precision,
            String value,
            String filters,
            String bias) {
        String name = convolution.identifier();
        int out = convolution.out();
        int tiles = tiles(size);
        transformInput(body, convolution, size, precision, value);
        body.add("  %s_products = torch.bmm(%1$s_input_tiles, %s)", name, filters); // 36×T×O
        body.add(
                "  %s_outputs = torch.mm(output_transform, torch.reshape(%1$s_products, [%d, -1]))",
                name, TILE); // 16×(T·O)
        body.add("  %s_parted = torch.reshape(%1$s_outputs, [%d, %2$d, -1, %d, %3$d, %d])", name, STEP, tiles, out);
        body.add(
                "  %s_joined = torch.reshape(torch.permute(%1$s_parted, [2, 3, 0, 4, 1, 5]), [-1, %d, %2$d, %d])",
                name, tiles * STEP, out);
        String inside = tiles * STEP == size
                ? name + "_joined"
                : "torch.slice(torch.slice(%s_joined, 1, 0, %d), 2, 0, %2$d)".formatted(name, size);
        body.add("  %s = torch.permute(torch.add_(%s, %s), [0, 3, 1, 2])", name, inside, bias);
    }

    /** Tiles along the edge of a map. */
    static int tiles(int size) {
        return (size + STEP - 1) / STEP;
    }

    /**
     * Writes {@code name_input_tiles} 36×T×C: the T tiles of {@code value} N×C×size×size, padded by 1 with zeros, transformed.
     */
    static void transformInput(
            ScriptBuilder body, Convolution convolution, int size, Precision precision, String value) {
        String name = convolution.identifier();
        int behind = tiles(size) * STEP + 1 - size;
        body.add(
                "  %s_padded = torch.constant_pad_nd(torch.permute(%s, [0, 2, 3, 1]), [0, 0, 1, %d, 1, %3$d])",
                name, value, behind);
        body.add(
                "  %s_windows = torch.unfold(torch.unfold(%1$s_padded, 1, %d, %d), 2, %2$d, %3$d)",
                name, WinogradMatrices.EDGE, STEP); // N×tiles×tiles×C×6×6
        String windows = "torch.permute(" + name + "_windows, [0, 1, 2, 4, 5, 3])";
        body.add(
                "  %s_input_tiles = %s",
                name, transformed("input_transform", windows, TILE, convolution.in(), precision));
    }

    /**
     * The expression of tiles times a matrix, 36×T×C. Both ways give the same; in float32 a product for each tile is quicker,
     * and its result is taken as it lies, while libtorch would copy it before a product in another format.
     *
     * @param tiles N×tiles×tiles×a×b×C
     * @param values of a tile: a·b
     */
    static String transformed(String matrix, String tiles, int values, int channels, Precision precision) {
        return precision.rounds()
                ? "torch.reshape(torch.mm(%s, torch.reshape(torch.permute(%s, [3, 4, 0, 1, 2, 5]), [%d, -1])), [%d, -1, %d])"
                        .formatted(matrix, tiles, values, TILE, channels)
                : "torch.permute(torch.matmul(%s, torch.reshape(%s, [-1, %d, %d])), [1, 0, 2])"
                        .formatted(matrix, tiles, values, channels);
    }
}
