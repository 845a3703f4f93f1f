package org.attnvgg.spark.sql;

import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.image.RgbImage;
import org.attnvgg.model.AttentionMap;

/** Images beside attention maps, for the {@link AttentionFunction}s, which have checked the arguments. */
final class MapImages {

    /** Least side of an overlay in pixels, so that it shows what the network saw. */
    private static final int LEAST_SIDE = 224;

    private static final ImageLimits LIMITS = new ImageLimits(1, 100_000_000);

    private MapImages() {}

    /** Share of each of width×width cells that a mask covers, row by row; null if there is no image in the bytes. */
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

    /** A PNG of the image with the map over it; null if there is no image in the bytes. */
    static byte[] overlay(byte[] file, AttentionMap map) {
        RgbImage image = seen(file, Math.max(LEAST_SIDE, Math.max(map.width(), map.height())));
        return image == null
                ? null
                : AttentionOverlay.encode(AttentionOverlay.of(image, map.values(), map.width()), ".png");
    }

    /** The part of an image that the network sees, at that many pixels a side; null if there is no image in the bytes. */
    private static RgbImage seen(byte[] file, int side) {
        try {
            return PilTransforms.networkInput(new ImageDecoder(LIMITS).decode(file), Augmentation.NONE, side);
        } catch (RejectedImageException e) {
            return null;
        }
    }
}
