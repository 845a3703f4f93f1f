package org.attnvgg.torchscript;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The matrices of F(4×4, 3×3), as lines of a script; they are Cook and Toom's, for polynomials sampled at {@link #POINTS}. */
final class WinogradMatrices {

    /** Outputs along a tile's edge. */
    static final int STEP = 4;

    /** Inputs along a tile's edge. */
    static final int EDGE = STEP + 2;

    /** Inputs of a tile. */
    static final int TILE = EDGE * EDGE;

    /**
     * Where the polynomials are sampled, beside infinity. A number and another's reciprocal err less than 2 and -2, which
     * is Lavin and Gray's choice (Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution for
     * Deep Neural Networks", https://arxiv.org/abs/1803.10986); of such points these give matrices that bfloat16 holds
     * exactly.
     */
    private static final double[] POINTS = {0, 1, -1, 0.5, -2};

    static final int FLOAT64 = 7; // c10::ScalarType

    private WinogradMatrices() {}

    /** Writes {@code input_transform} 36×36, for tiles of the input, and {@code output_transform} 16×36, which makes outputs. */
    static void declare(ScriptBuilder body, int scalarType) {
        declare(body, "input_transform", matrix(inputTransform()), scalarType);
        declare(body, "output_transform", matrix(outputTransform()), scalarType);
    }

    /**
     * Writes {@code filter_transform} 36×9, for filters. The script divides it by the points' differences, because
     * {@code torch.tensor} rounds what it lists to float32.
     */
    static void declareFilterTransform(ScriptBuilder body, int scalarType) {
        double[][] divisors = new double[EDGE][1];
        for (int j = 0; j < EDGE; j++) {
            divisors[j][0] = product(j);
        }
        String quotient = "torch.div(%s, %s)".formatted(matrix(powers()), matrix(divisors));
        declare(body, "filter_transform", quotient, scalarType);
    }

    /** What a point's differences from the others multiply to; 1 at infinity. */
    private static double product(int point) {
        double product = 1;
        for (int k = 0; point < POINTS.length && k < POINTS.length; k++) {
            product *= k == point ? 1 : POINTS[point] - POINTS[k];
        }
        return product;
    }

    /** G without its divisors: the values of a filter's polynomial; 6×3. */
    private static double[][] powers() {
        double[][] rows = new double[EDGE][3];
        for (int j = 0; j < POINTS.length; j++) {
            for (int k = 0; k < 3; k++) {
                rows[j][k] = Math.pow(POINTS[j], k);
            }
        }
        rows[POINTS.length][2] = 1;
        return rows;
    }

    /** Bᵀ: the coefficients of the polynomials that have all points but one as roots; 6×6. */
    private static double[][] inputTransform() {
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
    private static double[][] outputTransform() {
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
    private static void declare(ScriptBuilder body, String name, String matrix, int scalarType) {
        body.add("  %s_1d = %s", name, matrix);
        body.add("  %s = torch.to(torch.kron(%1$s_1d, %1$s_1d), %d)", name, scalarType);
    }

    /** The expression of a matrix in float64; its values must be exact in float32. */
    private static String matrix(double[][] rows) {
        String values = Arrays.stream(rows)
                .flatMapToDouble(Arrays::stream)
                .mapToObj(value -> String.format(Locale.ROOT, "%.17g", value))
                .collect(Collectors.joining(", "));
        return "torch.reshape(torch.tensor([%s], dtype=%d), [%d, %d])"
                .formatted(values, FLOAT64, rows.length, rows[0].length);
    }
}
