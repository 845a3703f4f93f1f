package org.attnvgg.image;

import java.util.List;
import org.attnvgg.files.NativeLibraries;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * The notebook's figure: an attention map over its image, as 0.6 image + 0.4 jet colours. OpenCV reads as many numbers
 * as it is told, so every size is checked against its array before OpenCV gets either.
 */
public final class AttentionOverlay {

    private static final double IMAGE_SHARE = 0.6;

    static {
        NativeLibraries.keepSafe();
    }

    private static final List<String> EXTENSIONS = List.of(".png", ".jpg", ".jpeg", ".bmp");

    private AttentionOverlay() {}

    /**
     * The image with a map laid over it, scaled bilinearly and from its least to its greatest value.
     *
     * @param map finite values, row by row, of as many rows as the width divides it into
     * @param width of the map
     * @throws IllegalArgumentException if the map has no whole number of rows, or a value that is not finite
     */
    public static RgbImage of(RgbImage image, float[] map, int width) {
        check(map, width);
        try (FloatPointer values = new FloatPointer(map);
                Mat small = new Mat(map.length / width, width, opencv_core.CV_32FC1, values);
                Mat large = new Mat();
                Mat levels = new Mat();
                Mat jet = new Mat()) {
            try (Size size = new Size(image.width(), image.height())) {
                opencv_imgproc.resize(small, large, size, 0, 0, opencv_imgproc.INTER_LINEAR);
            }
            opencv_core.normalize(large, levels, 0, 255, opencv_core.NORM_MINMAX, opencv_core.CV_8UC1, null);
            opencv_imgproc.applyColorMap(levels, jet, opencv_imgproc.COLORMAP_JET);
            opencv_imgproc.cvtColor(jet, jet, opencv_imgproc.COLOR_BGR2RGB);
            byte[] colors = ImageDecoder.image(jet, 0).pixels();
            byte[] mixed = new byte[colors.length];
            for (int i = 0; i < mixed.length; i++) {
                double value = IMAGE_SHARE * (image.pixels()[i] & 0xff) + (1 - IMAGE_SHARE) * (colors[i] & 0xff);
                mixed[i] = (byte) Math.round(value);
            }
            return new RgbImage(image.width(), image.height(), mixed);
        }
    }

    private static void check(float[] map, int width) {
        if (width < 1 || map.length < 1 || map.length % width != 0) {
            throw new IllegalArgumentException(
                    "an attention map of %d values with width %d: expected a positive multiple of a positive width"
                            .formatted(map.length, width));
        }
        for (int i = 0; i < map.length; i++) {
            if (!Float.isFinite(map[i])) {
                throw new IllegalArgumentException(
                        "an attention map with %s at element %d: expected finite values".formatted(map[i], i));
            }
        }
    }

    /**
     * The image as a file of that extension: {@code .png}, {@code .jpg}, {@code .jpeg} or {@code .bmp}.
     *
     * @throws IllegalArgumentException for another extension, and for a size that the format cannot have
     */
    public static byte[] encode(RgbImage image, String extension) {
        if (!EXTENSIONS.contains(extension)) {
            throw new IllegalArgumentException(
                    "extension '%s': expected one of %s".formatted(extension, String.join(", ", EXTENSIONS)));
        }
        try (BytePointer data = new BytePointer(image.pixels());
                Mat rgb = new Mat(image.height(), image.width(), opencv_core.CV_8UC3, data);
                Mat bgr = new Mat();
                BytePointer encoded = new BytePointer()) {
            opencv_imgproc.cvtColor(rgb, bgr, opencv_imgproc.COLOR_RGB2BGR);
            if (!opencv_imgcodecs.imencode(extension, bgr, encoded)) {
                throw new IllegalArgumentException(
                        "OpenCV cannot write %d×%d pixels as '%s'".formatted(image.width(), image.height(), extension));
            }
            byte[] bytes = new byte[Math.toIntExact(encoded.limit())];
            encoded.get(bytes);
            return bytes;
        }
    }
}
