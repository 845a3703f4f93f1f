package org.attnvgg.model;

/**
 * Scales a map bilinearly, as PyTorch's {@code interpolate(mode='bilinear', align_corners=False)} does.
 *
 * @param values height×width, row by row
 */
record BilinearScaling(float[] values, int width, int height) {

    /** The scaled map, newHeight×newWidth. */
    float[] to(int newWidth, int newHeight) {
        float[] large = new float[Math.multiplyExact(newWidth, newHeight)];
        for (int y = 0; y < newHeight; y++) {
            double sourceY = source(y, newHeight, height);
            for (int x = 0; x < newWidth; x++) {
                large[y * newWidth + x] = (float) at(source(x, newWidth, width), sourceY);
            }
        }
        return large;
    }

    /** Where the middle of a new cell lies among the middles of the old ones. */
    private static double source(int index, int count, int cells) {
        return Math.min(Math.max((index + 0.5) * cells / count - 0.5, 0), cells - 1.0);
    }

    private double at(double x, double y) {
        int left = (int) x;
        int top = (int) y;
        int right = Math.min(left + 1, width - 1);
        int bottom = Math.min(top + 1, height - 1);
        double fx = x - left;
        double fy = y - top;
        double above = values[top * width + left] * (1 - fx) + values[top * width + right] * fx;
        double below = values[bottom * width + left] * (1 - fx) + values[bottom * width + right] * fx;
        return above * (1 - fy) + below * fy;
    }
}
