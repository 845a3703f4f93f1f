package org.attnvgg.spark.sql;

import java.util.Arrays;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.image.RgbImage;

/**
 * What the {@link AttentionFunction}s compute, of arguments that they have checked: a map has a positive number of finite
 * values, and its width divides it into whole rows. A map without mass, of zeros alone, gives null where a share of its
 * mass is asked for.
 */
final class AttentionMaps {

    /** Pixels of the image for each cell of a pool-3 map, so that an overlay shows what the network saw. */
    private static final int LEAST_SIDE = 224;

    private static final ImageLimits LIMITS = new ImageLimits(1, 100_000_000);

    private AttentionMaps() {}

    private static double sum(float[] map) {
        double sum = 0;
        for (float value : map) {
            sum += value;
        }
        return sum;
    }

    static Float at(float[] map, int width, double x, double y) {
        if (x < 0 || x > 1 || y < 0 || y > 1) {
            return null;
        }
        int height = map.length / width;
        int column = Math.min((int) (x * width), width - 1);
        int row = Math.min((int) (y * height), height - 1);
        return map[row * width + column];
    }

    /** Its value, x and y. */
    static Object[] peak(float[] map, int width) {
        int greatest = 0;
        for (int i = 1; i < map.length; i++) {
            greatest = map[i] > map[greatest] ? i : greatest;
        }
        return new Object[] {map[greatest], x(greatest, width), y(greatest, map, width)};
    }

    private static double x(int index, int width) {
        int column = index % width;
        return (column + 0.5) / width;
    }

    private static double y(int index, float[] map, int width) {
        int row = index / width;
        int height = map.length / width;
        return (row + 0.5) / height;
    }

    /** Its x and y. */
    static Object[] centroid(float[] map, int width) {
        double x = 0;
        double y = 0;
        for (int i = 0; i < map.length; i++) {
            x += map[i] * x(i, width);
            y += map[i] * y(i, map, width);
        }
        double sum = sum(map);
        return sum == 0 ? null : new Object[] {x / sum, y / sum};
    }

    static Double entropy(float[] map) {
        double sum = sum(map);
        // -Σ p·ln p with p = v / s is ln s - Σ v·ln v / s.
        double weighted = 0;
        for (float value : map) {
            weighted += value > 0 ? value * Math.log(value) : 0;
        }
        return sum == 0 ? null : Math.log(sum) - weighted / sum;
    }

    /** Indices of the greatest values that hold a share of the mass between them; null if there is no mass. */
    private static int[] most(float[] map, double share) {
        double sum = sum(map);
        if (sum == 0) {
            return null;
        }
        // Floats that are not negative are in the order of their bits; the greatest comes first, of equal ones the
        // first.
        long[] order = new long[map.length];
        for (int i = 0; i < map.length; i++) {
            int bits = Float.floatToRawIntBits(map[i] + 0f); // without the sign of -0
            order[i] = (long) (Integer.MAX_VALUE - bits) << Integer.SIZE | i;
        }
        Arrays.sort(order);
        double mass = 0;
        int count = 0;
        int[] indices = new int[map.length];
        while (count < order.length && mass < share * sum) {
            indices[count] = (int) order[count];
            mass += map[indices[count]];
            count++;
        }
        return Arrays.copyOf(indices, count);
    }

    static Double area(float[] map, double share) {
        int[] indices = most(map, share);
        return indices == null ? null : (double) indices.length / map.length;
    }

    static float[] region(float[] map, double share) {
        int[] indices = most(map, share);
        if (indices == null) {
            return null;
        }
        float[] region = new float[map.length];
        for (int index : indices) {
            region[index] = 1;
        }
        return region;
    }

    static float[] upsample(float[] map, int width, int newWidth, int newHeight) {
        int height = map.length / width;
        float[] large = new float[Math.multiplyExact(newWidth, newHeight)];
        for (int y = 0; y < newHeight; y++) {
            double sourceY = source(y, newHeight, height);
            for (int x = 0; x < newWidth; x++) {
                large[y * newWidth + x] = (float) bilinear(map, width, height, source(x, newWidth, width), sourceY);
            }
        }
        return large;
    }

    /** Where a pixel's centre lies among the cells' centres, as {@code interpolate(align_corners=False)} has it. */
    private static double source(int index, int count, int cells) {
        return Math.min(Math.max((index + 0.5) * cells / count - 0.5, 0), cells - 1.0);
    }

    private static double bilinear(float[] values, int width, int height, double x, double y) {
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

    static Double jaccard(float[] map, float[] other) {
        double greater = 0;
        for (int i = 0; i < map.length; i++) {
            greater += Math.max(map[i], other[i]);
        }
        return greater == 0 ? null : lesser(map, other) / greater;
    }

    static Double dice(float[] map, float[] other) {
        double both = sum(map) + sum(other);
        return both == 0 ? null : 2 * lesser(map, other) / both;
    }

    private static double lesser(float[] map, float[] other) {
        double lesser = 0;
        for (int i = 0; i < map.length; i++) {
            lesser += Math.min(map[i], other[i]);
        }
        return lesser;
    }

    static float[] mask(byte[] file, int width) {
        RgbImage image = seen(file, width);
        if (image == null) {
            return null;
        }
        float[] mask = new float[width * width];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (image.pixels()[i * RgbImage.CHANNELS] & 0xff) / 255f;
        }
        return mask;
    }

    static byte[] overlay(byte[] file, float[] map, int width) {
        RgbImage image = seen(file, Math.max(LEAST_SIDE, Math.max(width, map.length / width)));
        return image == null ? null : AttentionOverlay.encode(AttentionOverlay.of(image, map, width), ".png");
    }

    /** The part of an image that the network sees, at so many pixels a side; null if there is no image in the bytes. */
    private static RgbImage seen(byte[] file, int side) {
        try {
            return PilTransforms.networkInput(new ImageDecoder(LIMITS).decode(file), Augmentation.NONE, side);
        } catch (RejectedImageException e) {
            return null;
        }
    }
}
