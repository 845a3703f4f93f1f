package org.attnvgg.spark.config;

import org.attnvgg.image.ImageLimits;

/** Which images are taken. */
@Section("image")
public record ImageSettings(
        @Key(
                value = "100000000",
                unit = "pixels",
                atLeast = 1,
                text = "An image of more pixels is rejected from its header, before it is decoded.")
        long maxPixels,

        @Key(value = "32", unit = "pixels", atLeast = 1, text = "An image with a shorter side is rejected.")
        int minSide) {

    /** For decoders. */
    public ImageLimits limits() {
        return new ImageLimits(minSide, maxPixels);
    }
}
