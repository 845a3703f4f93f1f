package org.attnvgg.image;

import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Makes 8-bit samples of 16-bit ones of which a file says (PNG's sBIT) that fewer bits count. The standard has them scaled up
 * to 16 bits; cameras also write them as they are, which would be nearly black.
 */
final class SixteenBitSamples {

    /** Two bytes a sample instead of one in OpenCV, there again if the image is turned, and the same on the heap. */
    static final int SCRATCH_BYTES_PER_PIXEL = 4 * RgbImage.CHANNELS;

    private SixteenBitSamples() {}

    /** The upper 8 bits of 16, or of the significant ones where no sample is greater than these can say. */
    static void copy(Mat rgb, int significantBits, byte[] pixels) {
        short[] samples = new short[pixels.length];
        new ShortPointer(rgb.data()).get(samples);
        int greatest = 0;
        for (short sample : samples) {
            greatest = Math.max(greatest, Short.toUnsignedInt(sample));
        }
        int bits = greatest < 1 << significantBits ? significantBits : Short.SIZE;
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) ((Short.toUnsignedInt(samples[i]) << Byte.SIZE) >>> bits);
        }
    }
}
