package org.attnvgg.image;

/**
 * A decoded image.
 *
 * @param width in pixels
 * @param height in pixels
 * @param pixels height×width×3 bytes: red, green, blue
 */
public record RgbImage(int width, int height, byte[] pixels) {

    /** Red, green, blue. */
    public static final int CHANNELS = 3;

    public RgbImage {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "an image of %d×%d pixels: expected at least 1×1".formatted(width, height));
        }
        if (pixels.length != Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS)) {
            throw new IllegalArgumentException(
                    "%d bytes for %d×%d pixels of 3 bytes".formatted(pixels.length, width, height));
        }
    }
}
