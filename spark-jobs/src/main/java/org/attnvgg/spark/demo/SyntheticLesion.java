package org.attnvgg.spark.demo;

import java.util.SplittableRandom;
import org.attnvgg.StableHash;
import org.attnvgg.image.RgbImage;

/**
 * A made-up dermoscopy image. Benign: round, even-edged, of one brown. Malignant: asymmetric, ragged, of several
 * colours, after the ABCD rule of dermatoscopy (Nachbar et al. 1994). Either may have hairs, a vignette, and any skin tone.
 */
public final class SyntheticLesion {

    private static final int[][] SKIN = {
        {236, 200, 180}, {224, 178, 150}, {198, 146, 112}, {160, 110, 80}, {240, 212, 200}
    };
    private static final int[] BROWN = {120, 72, 46};
    private static final int[][] MALIGNANT = {{40, 26, 24}, {150, 60, 50}, {84, 92, 120}, {190, 140, 110}, {96, 50, 30}
    };
    private static final int HARMONICS = 9;

    private final SplittableRandom random;
    private final boolean malignant;
    private final int size;
    private final double[] amplitude = new double[HARMONICS];
    private final double[] phase = new double[HARMONICS];
    private final double[][] blobs = new double[5][3];
    private final long noiseSeed;

    private SyntheticLesion(long seed, boolean malignant, int size) {
        this.random = new SplittableRandom(seed);
        this.malignant = malignant;
        this.size = size;
        this.noiseSeed = random.nextLong();
    }

    /** The image of that seed, size×size pixels. */
    public static RgbImage draw(long seed, boolean malignant, int size) {
        return new SyntheticLesion(seed, malignant, size).draw();
    }

    private RgbImage draw() {
        double centerX = size * random.nextDouble(0.42, 0.58);
        double centerY = size * random.nextDouble(0.42, 0.58);
        double radius = size * random.nextDouble(0.18, 0.30);
        double stretch = malignant ? random.nextDouble(0.65, 0.9) : random.nextDouble(0.9, 1.0);
        double tilt = random.nextDouble(Math.PI);
        double softness = (malignant ? 0.02 : 0.08) * size;
        outline();
        int[] skin = SKIN[random.nextInt(SKIN.length)];
        double vignette = random.nextBoolean() ? random.nextDouble(0.2, 0.9) : 0;
        byte[] pixels = new byte[size * size * 3];
        double[] color = new double[3];
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                double dx = (x - centerX) * Math.cos(tilt) + (y - centerY) * Math.sin(tilt);
                double dy = ((y - centerY) * Math.cos(tilt) - (x - centerX) * Math.sin(tilt)) / stretch;
                double inside =
                        1 / (1 + Math.exp((Math.hypot(dx, dy) - radius * edge(Math.atan2(dy, dx))) / softness * 4));
                lesionColor(dx / radius, dy / radius, color);
                double grain = 7 * (noise(x / 3, y / 3) - 0.5) + 9 * (noise(x / 17, y / 17) - 0.5);
                double corner = Math.hypot(x - size / 2.0, y - size / 2.0) / (size * 0.71);
                double light = 1 - vignette * Math.pow(corner, 6);
                for (int c = 0; c < 3; c++) {
                    double value = (skin[c] * (1 - inside) + color[c] * inside + grain) * light;
                    pixels[(y * size + x) * 3 + c] = (byte) Math.max(0, Math.min(255, Math.round(value)));
                }
            }
        }
        hairs(pixels);
        return new RgbImage(size, size, pixels);
    }

    private void outline() {
        double roughness = malignant ? random.nextDouble(0.10, 0.18) : random.nextDouble(0.0, 0.03);
        for (int h = 0; h < HARMONICS; h++) {
            amplitude[h] = roughness * random.nextDouble(0.3, 1) / Math.sqrt(h + 1);
            phase[h] = random.nextDouble(2 * Math.PI);
        }
        for (double[] blob : blobs) {
            blob[0] = random.nextDouble(-0.8, 0.8);
            blob[1] = random.nextDouble(-0.8, 0.8);
            blob[2] = random.nextDouble(0.25, 0.6);
        }
    }

    private double edge(double angle) {
        double radius = 1;
        for (int h = 0; h < HARMONICS; h++) {
            radius += amplitude[h] * Math.sin((h + 2) * angle + phase[h]);
        }
        return Math.max(0.3, radius);
    }

    private void lesionColor(double x, double y, double[] color) {
        for (int c = 0; c < 3; c++) {
            color[c] = BROWN[c];
        }
        if (malignant) {
            for (int b = 0; b < blobs.length; b++) {
                double distance = Math.hypot(x - blobs[b][0], y - blobs[b][1]) / blobs[b][2];
                double share = Math.exp(-distance * distance);
                for (int c = 0; c < 3; c++) {
                    color[c] += (MALIGNANT[b][c] - color[c]) * share;
                }
            }
        }
    }

    private double noise(int x, int y) {
        return (StableHash.of(noiseSeed, ((long) x << 32) ^ y, "") >>> 11) * 0x1p-53;
    }

    /** Up to a dozen dark arcs, two pixels wide. */
    private void hairs(byte[] pixels) {
        int hairs = random.nextInt(3) == 0 ? random.nextInt(4, 13) : 0;
        for (int h = 0; h < hairs; h++) {
            double x = random.nextDouble(size);
            double y = random.nextDouble(size);
            double angle = random.nextDouble(2 * Math.PI);
            double bend = random.nextDouble(-1.5, 1.5) / size;
            for (int step = 0; step < size; step++) {
                x += Math.cos(angle);
                y += Math.sin(angle);
                angle += bend;
                darken(pixels, (int) x, (int) y);
                darken(pixels, (int) x + 1, (int) y);
            }
        }
    }

    private void darken(byte[] pixels, int x, int y) {
        if (x >= 0 && x < size && y >= 0 && y < size) {
            for (int c = 0; c < 3; c++) {
                int at = (y * size + x) * 3 + c;
                pixels[at] = (byte) ((pixels[at] & 0xff) * 0.35);
            }
        }
    }
}
