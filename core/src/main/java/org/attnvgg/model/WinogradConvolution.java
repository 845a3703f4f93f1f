package org.attnvgg.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * 3×3 convolutions by Winograd's minimal filtering F(4×4, 3×3), as lines of a program: the input is cut into tiles of 6×6
 * values that overlap by 2, tiles and filters are transformed, and a matrix product for each value of a tile takes the
 * convolution's place, with a quarter of its multiplications. Lavin and Gray, "Fast Algorithms for Convolutional Neural
 * Networks", CVPR 2016, https://arxiv.org/abs/1509.09308, section 4; the matrices are Cook and Toom's, for polynomials
 * sampled at {@link #POINTS}.
 */
final class WinogradConvolution {

    /** Outputs along a tile's edge. */
    private static final int STEP = 4;

    /** Inputs along a tile's edge. */
    private static final int EDGE = STEP + 2;

    private static final int TILE = EDGE * EDGE;

    /**
     * Where the polynomials are sampled, beside infinity. A number and another's reciprocal err less than 2 and -2, which
     * is Lavin and Gray's choice (Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution for
     * Deep Neural Networks", https://arxiv.org/abs/1803.10986); of such points these give matrices that bfloat16 holds
     * exactly.
     */
    private static final double[] POINTS = {0, 1, -1, 0.5, -2};

    private static final int FLOAT64 = 7; // c10::ScalarType

    private WinogradConvolution() {}

    /**
     * Whether a convolution of so many input channels is better computed so. With few of them the transforms take what the
     * products save; and in bfloat16 errors are some six times those of a plain convolution, too much for early layers.
     */
    static boolean suits(int in, Precision precision) {
        return in >= (precision == Precision.FLOAT32 ? 256 : 512);
    }

    /** Writes what the convolutions of a program share. */
    static void declare(ProgramText body, int scalarType) {
        declare(body, "tiling", tiling(), scalarType); // 36×36
        declare(body, "untiling", untiling(), scalarType); // 16×36
    }

    /** Writes what the filters' transforms share. */
    static void declareSampling(ProgramText body) {
        declare(body, "sampling", sampling(), FLOAT64); // 36×9
    }

    /** The expression of a filter O×C×3×3 transformed: 36×C×O, computed in float64. */
    static String filters(String weight, int in, int out, int scalarType) {
        String flat = "torch.t(torch.reshape(torch.to(%s, %d), [-1, 9]))".formatted(weight, FLOAT64);
        return "torch.contiguous(torch.transpose(torch.to(torch.reshape(torch.mm(sampling, %s), [%d, %d, %d]), %d), 1, 2))"
                .formatted(flat, TILE, out, in, scalarType);
    }

    /**
     * Writes a convolution with zero padding of 1.
     *
     * @param value N×C×size×size, channels last
     * @param name gets N×O×size×size, channels last
     */
    static void convolve(
            ProgramText body, String name, String value, String filters, String bias, int size, int in, int out) {
        int tiles = (size + STEP - 1) / STEP;
        int behind = tiles * STEP + 1 - size;
        body.add(
                "  %s_padded = torch.constant_pad_nd(torch.permute(%s, [0, 2, 3, 1]), [0, 0, 1, %d, 1, %3$d])",
                name, value, behind);
        body.add(
                "  %s_windows = torch.unfold(torch.unfold(%1$s_padded, 1, %d, %d), 2, %2$d, %3$d)",
                name, EDGE, STEP); // N×tiles×tiles×C×6×6
        body.add(
                "  %s_tiles = torch.reshape(torch.permute(%1$s_windows, [0, 1, 2, 4, 5, 3]), [-1, %d, %d])",
                name, TILE, in);
        body.add("  %s_spread = torch.permute(torch.matmul(tiling, %1$s_tiles), [1, 0, 2])", name); // 36×T×C
        body.add("  %s_products = torch.bmm(%1$s_spread, %s)", name, filters); // 36×T×O
        body.add("  %s_outputs = torch.mm(untiling, torch.reshape(%1$s_products, [%d, -1]))", name, TILE); // 16×(T·O)
        body.add("  %s_parted = torch.reshape(%1$s_outputs, [%d, %2$d, -1, %d, %3$d, %d])", name, STEP, tiles, out);
        body.add(
                "  %s_joined = torch.reshape(torch.permute(%1$s_parted, [2, 3, 0, 4, 1, 5]), [-1, %d, %2$d, %d])",
                name, tiles * STEP, out);
        String inside = behind == 1
                ? name + "_joined"
                : "torch.slice(torch.slice(%s_joined, 1, 0, %d), 2, 0, %2$d)".formatted(name, size);
        body.add("  %s = torch.permute(torch.add_(%s, %s), [0, 3, 1, 2])", name, inside, bias);
    }

    /** G: the values of a filter's polynomial, over what the points' differences multiply to; 6×3. */
    private static double[][] sampling() {
        double[][] rows = new double[EDGE][3];
        for (int j = 0; j < POINTS.length; j++) {
            double product = 1;
            for (int k = 0; k < POINTS.length; k++) {
                product *= k == j ? 1 : POINTS[j] - POINTS[k];
            }
            for (int k = 0; k < 3; k++) {
                rows[j][k] = Math.pow(POINTS[j], k) / product;
            }
        }
        rows[POINTS.length][2] = 1;
        return rows;
    }

    /** Bᵀ: the coefficients of the polynomials that have all points but one as roots; 6×6. */
    private static double[][] tiling() {
        double[][] rows = new double[EDGE][];
        for (int j = 0; j < EDGE; j++) {
            double[] coefficients = new double[EDGE];
            coefficients[0] = 1;
            for (int k = 0; k < POINTS.length; k++) {
                for (int i = EDGE - 1; k != j && i >= 0; i--) {
                    coefficients[i] = (i > 0 ? coefficients[i - 1] : 0) - POINTS[k] * coefficients[i];
                }
            }
            rows[j] = coefficients;
        }
        return rows;
    }

    /** Aᵀ: the powers of the points; 4×6. */
    private static double[][] untiling() {
        double[][] rows = new double[STEP][EDGE];
        for (int i = 0; i < STEP; i++) {
            for (int j = 0; j < POINTS.length; j++) {
                rows[i][j] = Math.pow(POINTS[j], i);
            }
        }
        rows[STEP - 1][POINTS.length] = 1;
        return rows;
    }

    /** Writes a matrix's Kronecker product with itself, which does to rows and columns of a tile what it does to one. */
    private static void declare(ProgramText body, String name, double[][] rows, int scalarType) {
        String values = Arrays.stream(rows)
                .flatMapToDouble(Arrays::stream)
                .mapToObj(value -> String.format(Locale.ROOT, "%.17g", value))
                .collect(Collectors.joining(", "));
        body.add(
                "  %s_1d = torch.reshape(torch.tensor([%s], dtype=%d), [%d, %d])",
                name, values, FLOAT64, rows.length, rows[0].length);
        body.add("  %s = torch.to(torch.kron(%1$s_1d, %1$s_1d), %d)", name, scalarType);
    }
}
