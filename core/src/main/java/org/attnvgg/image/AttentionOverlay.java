package org.attnvgg.image;

import org.attnvgg.files.NativeLibraries;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;

/** The notebook's figure: an attention map over its picture, as 0.6 picture + 0.4 jet colours. */
public final class AttentionOverlay {

    private static final double PICTURE_SHARE = 0.6;

    static {
        NativeLibraries.keepSafe();
    }

    private AttentionOverlay() {}

    /** The picture with a square map laid over it, scaled bilinearly and from its least to its greatest value. */
    public static RgbImage of(RgbImage picture, float[] map, int mapSize) {
        try (FloatPointer values = new FloatPointer(map);
                Mat small = new Mat(mapSize, mapSize, opencv_core.CV_32FC1, values);
                Mat large = new Mat();
                Mat levels = new Mat();
                Mat jet = new Mat()) {
            try (Size size = new Size(picture.width(), picture.height())) {
                opencv_imgproc.resize(small, large, size, 0, 0, opencv_imgproc.INTER_LINEAR);
            }
            opencv_core.normalize(large, levels, 0, 255, opencv_core.NORM_MINMAX, opencv_core.CV_8UC1, null);
            opencv_imgproc.applyColorMap(levels, jet, opencv_imgproc.COLORMAP_JET);
            opencv_imgproc.cvtColor(jet, jet, opencv_imgproc.COLOR_BGR2RGB);
            byte[] colors = ImageDecoder.image(jet).pixels();
            byte[] mixed = new byte[colors.length];
            for (int i = 0; i < mixed.length; i++) {
                double value = PICTURE_SHARE * (picture.pixels()[i] & 0xff) + (1 - PICTURE_SHARE) * (colors[i] & 0xff);
                mixed[i] = (byte) Math.round(value);
            }
            return new RgbImage(picture.width(), picture.height(), mixed);
        }
    }

    /** The picture as a file of that extension, {@code .png} or {@code .jpg}. */
    public static byte[] encode(RgbImage image, String extension) {
        try (BytePointer data = new BytePointer(image.pixels());
                Mat rgb = new Mat(image.height(), image.width(), opencv_core.CV_8UC3, data);
                Mat bgr = new Mat();
                BytePointer encoded = new BytePointer()) {
            opencv_imgproc.cvtColor(rgb, bgr, opencv_imgproc.COLOR_RGB2BGR);
            if (!opencv_imgcodecs.imencode(extension, bgr, encoded)) {
                throw new IllegalArgumentException("OpenCV cannot write '" + extension + "'");
            }
            byte[] bytes = new byte[Math.toIntExact(encoded.limit())];
            encoded.get(bytes);
            return bytes;
        }
    }
}
