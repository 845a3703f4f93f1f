package org.attnvgg.image;

import java.util.concurrent.Semaphore;
import org.attnvgg.files.NativeLibraries;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Decodes images as the notebook's {@code cv2.imread} and {@code cvtColor} do together: libjpeg-turbo, EXIF orientation applied,
 * grayscale, CMYK and 16-bit turned into 8-bit RGB, alpha dropped. A file is checked in Java first, and OpenCV gets what its
 * still image needs. What OpenCV would fill up with grey and pass is a reject. Safe for many threads.
 */
public final class ImageDecoder {

    /** JavaCPP's: which variants of OpenCV it looks for, -gpu for one. */
    private static final String VARIANTS = "org.bytedeco.javacpp.platform.extension";

    static {
        NativeLibraries.keepSafe();
        // We bring none, but JavaCPP would look for CUDA's libraries in every jar of the class path, for half a second.
        if (System.getProperty(VARIANTS) == null) {
            System.setProperty(VARIANTS, "");
        }
        opencv_core.setNumThreads(1); // parallel over images, not within one
    }

    /** What all decoding of a JVM may take at once, in MiB; a larger image waits until it is alone. */
    private static final int MEMORY_MIB = 512;

    /** Bytes a pixel takes while it is decoded: in OpenCV, there again if it is turned, and on the heap. */
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
     * @param width of the image itself, in pixels, after EXIF rotation
     * @param height of the image itself, in pixels, after EXIF rotation
     */
    public record Decoded(RgbImage image, int width, int height) {

        static Decoded of(RgbImage image, EncodedImage encoded) {
            return isTransposed(encoded)
                    ? new Decoded(image, encoded.height(), encoded.width())
                    : new Decoded(image, encoded.width(), encoded.height());
        }
    }

    /**
     * The image in a file's bytes.
     *
     * @throws RejectedImageException if there is none, or none within the limits
     */
    public RgbImage decode(byte[] bytes) throws RejectedImageException {
        return decode(bytes, JpegScale.FULL, 1).image();
    }

    /**
     * The image in a file's bytes, at the scale that an input of {@code imageSize} pixels a side needs.
     *
     * @throws RejectedImageException if there is none, or none within the limits
     */
    public Decoded decode(byte[] bytes, JpegScale scale, int imageSize) throws RejectedImageException {
        EncodedImage encoded = EncodedImage.of(bytes, limits);
        int mebibytes = mebibytes(encoded);
        MEMORY.acquireUninterruptibly(mebibytes);
        try {
            encoded.checkData();
            return decode(encoded, scale.factor(encoded, imageSize));
        } finally {
            MEMORY.release(mebibytes);
        }
    }

    /** What decoding may take: the file again, and every pixel. */
    private static int mebibytes(EncodedImage encoded) {
        long pixels = (long) encoded.width() * encoded.height();
        long bytes = encoded.length() + pixels * (BYTES_PER_PIXEL + encoded.scratchBytesPerPixel());
        return (int) Math.min(MEMORY_MIB, 1 + bytes / (1 << 20));
    }

    private static Decoded decode(EncodedImage encoded, int factor) throws RejectedImageException {
        try (BytePointer data = new BytePointer(encoded.length()).put(encoded.bytes(), 0, encoded.length());
                Mat matrix = new Mat(1, encoded.length(), opencv_core.CV_8UC1, data);
                Mat decoded = opencv_imgcodecs.imdecode(matrix, flag(factor, encoded))) {
            if (decoded == null || decoded.empty()) {
                throw unreadable(encoded);
            }
            turn(decoded, encoded.orientation());
            return Decoded.of(image(decoded, encoded.significantBits()), encoded);
        } catch (RuntimeException e) { // a C++ exception of OpenCV
            RejectedImageException rejected = unreadable(encoded);
            rejected.initCause(e);
            throw rejected;
        }
    }

    /** Whether rows become columns when the image is put upright: orientations 5 to 8. */
    private static boolean isTransposed(EncodedImage encoded) {
        return encoded.orientation() > 4;
    }

    /** Puts an image upright that is stored as EXIF's table of orientations says. */
    private static void turn(Mat image, int orientation) {
        if (orientation > 4) {
            opencv_core.transpose(image, image);
        }
        switch (orientation) {
            case 2, 6 -> opencv_core.flip(image, image, 1); // left and right
            case 4, 8 -> opencv_core.flip(image, image, 0); // top and bottom
            case 3, 7 -> opencv_core.flip(image, image, -1); // both
            default -> {}
        }
    }

    /** OpenCV's flag for RGB at a fraction of the size: "grayscale" without the bit for colours in BGR. */
    private static int flag(int factor, EncodedImage encoded) {
        int scale = switch (factor) {
            case 8 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_8;
            case 4 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_4;
            case 2 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2;
            default -> 0;
        };
        int depth = encoded.significantBits() == 0 ? 0 : opencv_imgcodecs.IMREAD_ANYDEPTH;
        return opencv_imgcodecs.IMREAD_COLOR_RGB | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION | depth | scale;
    }

    private static RejectedImageException unreadable(EncodedImage encoded) {
        return new RejectedImageException(
                RejectReason.UNREADABLE,
                "OpenCV cannot decode this %s of %d×%d pixels"
                        .formatted(encoded.format(), encoded.width(), encoded.height()));
    }

    /** A copy of what OpenCV holds, of 8 bits a sample, or of 16 with these significant ones. */
    static RgbImage image(Mat rgb, int significantBits) {
        byte[] pixels = new byte[Math.multiplyExact(Math.multiplyExact(rgb.rows(), rgb.cols()), RgbImage.CHANNELS)];
        if (rgb.depth() == opencv_core.CV_16U) {
            SixteenBitSamples.copy(rgb, significantBits, pixels);
        } else {
            rgb.data().get(pixels);
        }
        return new RgbImage(rgb.cols(), rgb.rows(), pixels);
    }
}
