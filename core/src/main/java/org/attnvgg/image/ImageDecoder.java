package org.attnvgg.image;

import java.util.concurrent.Semaphore;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Decodes pictures as the notebook's {@code cv2.imread} and {@code cvtColor} do together: libjpeg-turbo, EXIF orientation applied,
 * grayscale, CMYK and 16-bit turned into 8-bit RGB, alpha dropped. What OpenCV would fill up with grey and pass, a
 * truncated file, is a reject. Safe for many threads.
 */
public final class ImageDecoder {

    /** JavaCPP's: which variants of OpenCV it looks for, -gpu for one. */
    private static final String VARIANTS = "org.bytedeco.javacpp.platform.extension";

    static {
        // We bring none, but JavaCPP would look for CUDA's libraries in every jar of the class path, for half a second.
        if (System.getProperty(VARIANTS) == null) {
            System.setProperty(VARIANTS, "");
        }
        opencv_core.setNumThreads(1); // parallel over pictures, not within one
    }

    /** What all decoding of a JVM may take at once, in MiB; a larger picture waits until it is alone. */
    private static final int MEMORY_MIB = 512;

    /** Bytes a pixel takes while it is decoded: in OpenCV's order, in ours, and on the heap. */
    private static final int BYTES_PER_PIXEL = 3 * RgbImage.CHANNELS;

    private static final Semaphore MEMORY = new Semaphore(MEMORY_MIB, true);

    private final ImageLimits limits;

    /** A decoder with these limits. */
    public ImageDecoder(ImageLimits limits) {
        this.limits = limits;
    }

    /**
     * What was decoded.
     *
     * @param image its pixels, perhaps at reduced scale
     * @param width of the picture itself, in pixels, after EXIF rotation
     * @param height likewise
     */
    public record Decoded(RgbImage image, int width, int height) {

        static Decoded of(RgbImage image, ImageHeader header) {
            boolean turned = (image.width() < image.height()) != (header.width() < header.height());
            return turned
                    ? new Decoded(image, header.height(), header.width())
                    : new Decoded(image, header.width(), header.height());
        }
    }

    /**
     * The picture in a file's bytes.
     *
     * @throws RejectedImageException if there is none, or none within the limits
     */
    public RgbImage decode(byte[] bytes) throws RejectedImageException {
        return decode(bytes, JpegScale.FULL, 1).image();
    }

    /**
     * The picture in a file's bytes, at the scale that an input of {@code imageSize} pixels a side needs.
     *
     * @throws RejectedImageException if there is none, or none within the limits
     */
    public Decoded decode(byte[] bytes, JpegScale scale, int imageSize) throws RejectedImageException {
        ImageHeader header = ImageHeader.of(bytes);
        limits.check(header);
        if (!header.complete()) {
            throw new RejectedImageException(
                    RejectReason.TRUNCATED,
                    "a %s of %d×%d pixels that ends at byte %,d before its end mark"
                            .formatted(header.format(), header.width(), header.height(), bytes.length));
        }
        int mebibytes =
                (int) Math.min(MEMORY_MIB, 1 + (long) header.width() * header.height() * BYTES_PER_PIXEL / (1 << 20));
        MEMORY.acquireUninterruptibly(mebibytes);
        try {
            return decode(bytes, header, scale.factor(header, imageSize));
        } finally {
            MEMORY.release(mebibytes);
        }
    }

    private static Decoded decode(byte[] bytes, ImageHeader header, int factor) throws RejectedImageException {
        try (BytePointer data = new BytePointer(bytes);
                Mat encoded = new Mat(1, bytes.length, opencv_core.CV_8UC1, data);
                Mat decoded = opencv_imgcodecs.imdecode(encoded, flag(factor))) {
            if (decoded == null || decoded.empty()) {
                throw unreadable(header);
            }
            return Decoded.of(image(decoded), header);
        } catch (RuntimeException e) { // a C++ exception of OpenCV
            RejectedImageException rejected = unreadable(header);
            rejected.initCause(e);
            throw rejected;
        }
    }

    /** OpenCV's flag for RGB at a fraction of the size: "grayscale" without the bit for colours in BGR. */
    private static int flag(int factor) {
        int scale = switch (factor) {
            case 8 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_8;
            case 4 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_4;
            case 2 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2;
            default -> 0;
        };
        return opencv_imgcodecs.IMREAD_COLOR_RGB | scale;
    }

    private static RejectedImageException unreadable(ImageHeader header) {
        return new RejectedImageException(
                RejectReason.UNREADABLE,
                "OpenCV cannot decode this %s of %d×%d pixels"
                        .formatted(header.format(), header.width(), header.height()));
    }

    /** A copy of what OpenCV holds. */
    static RgbImage image(Mat rgb) {
        byte[] pixels = new byte[Math.multiplyExact(Math.multiplyExact(rgb.rows(), rgb.cols()), RgbImage.CHANNELS)];
        rgb.data().get(pixels);
        return new RgbImage(rgb.cols(), rgb.rows(), pixels);
    }
}
