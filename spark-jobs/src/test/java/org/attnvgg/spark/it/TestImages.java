package org.attnvgg.spark.it;

import java.util.Random;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.image.RgbImage;

/** Small images for tests: noise, with a disc in the middle that is darker in one kind. */
public final class TestImages {

    private TestImages() {}

    /** A JPEG of {@code side} pixels a side; odd numbers are the darker kind. */
    public static byte[] jpeg(int number, int side) {
        Random random = new Random(number);
        byte[] pixels = new byte[side * side * RgbImage.CHANNELS];
        for (int i = 0; i < pixels.length; i++) {
            int x = i / RgbImage.CHANNELS % side - side / 2;
            int y = i / RgbImage.CHANNELS / side - side / 2;
            int disc = x * x + y * y < side * side / 8 ? 60 + 60 * (number % 2) : 0;
            pixels[i] = (byte) (200 - disc - random.nextInt(80));
        }
        return AttentionOverlay.encode(new RgbImage(side, side, pixels), ".jpg");
    }
}
