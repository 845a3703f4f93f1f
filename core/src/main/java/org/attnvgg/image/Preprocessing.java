package org.attnvgg.image;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * {@code ToTensor()} and {@code Normalize} with ImageNet's mean and standard deviation, the last steps to the network's input.
 */
public final class Preprocessing {

    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

    /** The normalised value of each channel and level. */
    private static final float[][] NORMALISED = new float[RgbImage.CHANNELS][256];

    static {
        for (int c = 0; c < RgbImage.CHANNELS; c++) {
            for (int level = 0; level < 256; level++) {
                NORMALISED[c][level] = (level / 255f - MEAN[c]) / DEVIATION[c];
            }
        }
    }

    private Preprocessing() {}

    /** What is done to an image before the network sees it, in words: stored with a model and its predictions. */
    public static String description(int imageSize, JpegScale scale) {
        return "decode=opencv-bgr-to-rgb%4$s;resize=pil-bilinear-shorter-side:%1$d;crop=center:%1$d;scale=1/255;mean=%2$s;std=%3$s"
                .formatted(imageSize, text(MEAN), text(DEVIATION), scale == JpegScale.REDUCED ? ",jpeg-reduced" : "");
    }

    /** A short identity of {@link #description}. */
    public static String id(int imageSize, JpegScale scale) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(description(imageSize, scale).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JVM has SHA-256", e);
        }
    }

    /** The mean of each channel, of values from 0 to 1. */
    public static float[] mean() {
        return MEAN.clone();
    }

    /** The standard deviation of each channel, of values from 0 to 1. */
    public static float[] std() {
        return DEVIATION.clone();
    }

    private static String text(float[] values) {
        return String.format(Locale.ROOT, "%.3f,%.3f,%.3f", values[0], values[1], values[2]);
    }

    /** Appends an image to a batch as 3×S×S float32. */
    public static void append(RgbImage image, ByteBuffer batch) {
        int area = image.width() * image.height();
        byte[] pixels = image.pixels();
        FloatBuffer out = batch.asFloatBuffer();
        float[] plane = new float[area];
        for (int c = 0; c < RgbImage.CHANNELS; c++) {
            float[] normalised = NORMALISED[c];
            for (int i = 0; i < area; i++) {
                plane[i] = normalised[pixels[i * 3 + c] & 0xff];
            }
            out.put(plane);
        }
        batch.position(batch.position() + area * RgbImage.CHANNELS * Float.BYTES);
    }
}
