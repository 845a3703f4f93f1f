package org.attnvgg.image;

/** How much of a JPEG is decoded. */
public enum JpegScale {
    /** Every pixel, as the notebook does. */
    FULL,
    /**
     * A half, a quarter or an eighth of the width and height, if that leaves half as much again as the network's input:
     * libjpeg-turbo then skips what the resizing would average away. On dermoscopy images the input differs by 0.5
     * levels on average.
     */
    REDUCED;

    private static final int[] FACTORS = {8, 4, 2};
    private static final double MARGIN = 1.5;

    /** By how much an image's sides are divided on the way to an input of {@code imageSize}: 1, 2, 4 or 8. */
    int factor(EncodedImage image, int imageSize) {
        if (this == REDUCED && image.format().equals("JPEG")) {
            for (int factor : FACTORS) {
                if (Math.min(image.width(), image.height()) >= MARGIN * factor * imageSize) {
                    return factor;
                }
            }
        }
        return 1;
    }
}
