package org.attnvgg.spark.sql;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.image.RgbImage;
import scala.collection.Seq;

/** What {@link AttentionFunctions} compute that Spark has no expressions for. Null arguments give null. */
final class AttentionMaps {

    /** Pixels of the picture for each cell of a pool-3 map, so that an overlay shows what the network saw. */
    private static final int LEAST_SIDE = 224;

    private static final ImageLimits LIMITS = new ImageLimits(1, 100_000_000);

    private AttentionMaps() {}

    private static float[] floats(Seq<Float> map) {
        float[] values = new float[map.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = map.apply(i);
        }
        return values;
    }

    private static double sum(float[] map) {
        double sum = 0;
        for (float value : map) {
            sum += value;
        }
        return sum;
    }

    static Row centroid(Seq<Float> map, Integer width) {
        if (map == null || width == null) {
            return null;
        }
        float[] values = floats(map);
        int height = values.length / width;
        double x = 0;
        double y = 0;
        for (int i = 0; i < values.length; i++) {
            x += values[i] * (i % width + 0.5) / width;
            y += values[i] * (i / width + 0.5) / height;
        }
        double sum = sum(values);
        return RowFactory.create(x / sum, y / sum);
    }

    /** Indices of the greatest values that hold a share of the mass between them. */
    private static int[] most(float[] values, double share) {
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted((a, b) -> Float.compare(values[b], values[a]))
                .mapToInt(Integer::intValue)
                .toArray();
        double wanted = share * sum(values);
        double mass = 0;
        int count = 0;
        while (count < order.length && mass < wanted) {
            mass += values[order[count]];
            count++;
        }
        return Arrays.copyOf(order, count);
    }

    static Double area(Seq<Float> map, Double share) {
        if (map == null || share == null) {
            return null;
        }
        float[] values = floats(map);
        return (double) most(values, share).length / values.length;
    }

    static float[] region(Seq<Float> map, Double share) {
        if (map == null || share == null) {
            return null;
        }
        float[] values = floats(map);
        float[] region = new float[values.length];
        for (int index : most(values, share)) {
            region[index] = 1;
        }
        return region;
    }

    static float[] upsample(Seq<Float> map, Integer width, Integer newWidth, Integer newHeight) {
        if (map == null || width == null || newWidth == null || newHeight == null) {
            return null;
        }
        float[] values = floats(map);
        int height = values.length / width;
        float[] large = new float[Math.multiplyExact(newWidth, newHeight)];
        for (int y = 0; y < newHeight; y++) {
            double sourceY = source(y, newHeight, height);
            for (int x = 0; x < newWidth; x++) {
                large[y * newWidth + x] = (float) bilinear(values, width, height, source(x, newWidth, width), sourceY);
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

    static Double jaccard(Seq<Float> map, Seq<Float> other) {
        return map == null || other == null ? null : overlap(floats(map), floats(other), false);
    }

    static Double dice(Seq<Float> map, Seq<Float> other) {
        return map == null || other == null ? null : overlap(floats(map), floats(other), true);
    }

    private static double overlap(float[] map, float[] other, boolean dice) {
        if (map.length != other.length) {
            throw new IllegalArgumentException(
                    "maps of %d and of %d cells cannot be compared: bring one to the other's size"
                                    .formatted(map.length, other.length)
                            + " with attention_upsample");
        }
        double lesser = 0;
        double greater = 0;
        for (int i = 0; i < map.length; i++) {
            lesser += Math.min(map[i], other[i]);
            greater += Math.max(map[i], other[i]);
        }
        return dice ? 2 * lesser / (lesser + greater) : lesser / greater;
    }

    static float[] mask(byte[] picture, Integer width) {
        RgbImage image = width == null ? null : seen(picture, width);
        if (image == null) {
            return null;
        }
        float[] mask = new float[width * width];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (image.pixels()[i * RgbImage.CHANNELS] & 0xff) / 255f;
        }
        return mask;
    }

    static byte[] overlay(byte[] picture, Seq<Float> map, Integer width) {
        if (map == null || width == null) {
            return null;
        }
        int side = Math.max(LEAST_SIDE, width);
        RgbImage image = seen(picture, side);
        return image == null ? null : AttentionOverlay.encode(AttentionOverlay.of(image, floats(map), width), ".png");
    }

    /** The part of a picture that the network sees, at so many pixels a side; null if there is no picture in the bytes. */
    private static RgbImage seen(byte[] picture, int side) {
        if (picture == null) {
            return null;
        }
        try {
            return PilTransforms.networkInput(new ImageDecoder(LIMITS).decode(picture), Augmentation.NONE, side);
        } catch (RejectedImageException e) {
            return null;
        }
    }
}
