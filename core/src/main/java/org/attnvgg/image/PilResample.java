package org.attnvgg.image;

/**
 * PIL's antialiased bilinear filter along one axis, in its 8-bit fixed-point arithmetic, for a window of the output
 * (Pillow's {@code Resample.c}: {@code precompute_coeffs}, {@code normalize_coeffs_8bpc}).
 */
final class PilResample {

    private static final int PRECISION_BITS = 32 - 8 - 2;
    private static final int HALF = 1 << (PRECISION_BITS - 1);

    private final int[] firsts; // first input of each output
    private final int[][] weights; // its inputs' weights

    /**
     * Outputs {@code start} to {@code start + count} of an axis resized from {@code inputs} to {@code outputs}, which are
     * more than an int holds where a narrow image is enlarged.
     */
    PilResample(int inputs, long outputs, long start, int count) {
        firsts = new int[count];
        weights = new int[count][];
        double scale = (double) inputs / outputs;
        double filterScale = Math.max(scale, 1);
        for (int i = 0; i < count; i++) {
            double center = (start + i + 0.5) * scale;
            int first = Math.max(0, (int) (center - filterScale + 0.5));
            int last = Math.min(inputs, (int) (center + filterScale + 0.5));
            firsts[i] = first;
            weights[i] = weights(center, first, last - first, filterScale);
        }
    }

    private static int[] weights(double center, int first, int count, double filterScale) {
        double[] exact = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            exact[i] = Math.max(0, 1 - Math.abs((i + first - center + 0.5) / filterScale)); // the triangle
            sum += exact[i];
        }
        int[] rounded = new int[count];
        for (int i = 0; i < count; i++) {
            rounded[i] = (int) (0.5 + exact[i] / sum * (1 << PRECISION_BITS));
        }
        return rounded;
    }

    /** The first input that any output needs. */
    int firstInput() {
        return firsts[0];
    }

    /** One past the last input that any output needs. */
    int lastInput() {
        return firsts[firsts.length - 1] + weights[weights.length - 1].length;
    }

    /** Rows {@code firstRow} to {@code lastRow} of an image and no others, each narrowed to {@code count} pixels. */
    byte[] horizontally(RgbImage image, int firstRow, int lastRow) {
        byte[] in = image.pixels();
        byte[] out = new byte[Math.multiplyExact(lastRow - firstRow, firsts.length * 3)];
        for (int y = firstRow; y < lastRow; y++) {
            int row = y * image.width() * 3;
            int to = (y - firstRow) * firsts.length * 3;
            for (int i = 0; i < firsts.length; i++, to += 3) {
                weigh(in, row + firsts[i] * 3, 3, weights[i], out, to);
            }
        }
        return out;
    }

    /** The columns of an image of {@code width}, each shortened; its first row is {@link #firstInput}. */
    byte[] vertically(byte[] in, int width) {
        byte[] out = new byte[firsts.length * width * 3];
        int to = 0;
        for (int i = 0; i < firsts.length; i++) {
            for (int x = 0; x < width; x++, to += 3) {
                weigh(in, ((firsts[i] - firsts[0]) * width + x) * 3, width * 3, weights[i], out, to);
            }
        }
        return out;
    }

    private static void weigh(byte[] in, int from, int step, int[] weights, byte[] out, int to) {
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        int at = from;
        for (int weight : weights) {
            red += (in[at] & 0xff) * weight;
            green += (in[at + 1] & 0xff) * weight;
            blue += (in[at + 2] & 0xff) * weight;
            at += step;
        }
        out[to] = clip(red);
        out[to + 1] = clip(green);
        out[to + 2] = clip(blue);
    }

    private static byte clip(int sum) {
        return (byte) Math.min(255, Math.max(0, sum >> PRECISION_BITS));
    }
}
