package org.attnvgg.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A file whose structure was checked in Java: what it says of its image, and the bytes that native code may see. */
interface EncodedImage {

    /** {@code JPEG}, {@code PNG} or {@code BMP}. */
    String format();

    /** Pixels of a row, before any EXIF rotation. */
    int width();

    /** Rows, before any EXIF rotation. */
    int height();

    /** EXIF's orientation, 1 to 8; 1 is upright. */
    int orientation();

    /** The file, perhaps without what the decoder does not need; only the first {@link #length} bytes count. */
    byte[] bytes();

    /** How many of {@link #bytes} the decoder gets. */
    int length();

    /** How many bits of each 16-bit sample count, where the file says that not all do; else 0. */
    default int significantBits() {
        return 0;
    }

    /** Bytes for each pixel that a decoder keeps besides its result, at most. */
    default int scratchBytesPerPixel() {
        return 0;
    }

    /**
     * Looks at the image data itself, which may be lost although the structure is whole. Native code may run.
     *
     * @throws RejectedImageException if some are missing
     */
    default void checkData() throws RejectedImageException {}

    /**
     * Checks the size and the structure of a file.
     *
     * @throws RejectedImageException if it is no JPEG, PNG or BMP within the limits, or a broken one
     */
    static EncodedImage of(byte[] bytes, ImageLimits limits) throws RejectedImageException {
        if (bytes.length == 0) {
            throw new RejectedImageException(RejectReason.EMPTY, "0 bytes");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (bytes.length >= 3 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xd8 && (bytes[2] & 0xff) == 0xff) {
            return new JpegParser(bytes, limits).parse();
        }
        if (bytes.length >= 8 && buffer.getLong(0) == PngImage.SIGNATURE) {
            return new PngParser(buffer, limits).parse();
        }
        if (bytes.length >= 26 && bytes[0] == 'B' && bytes[1] == 'M') {
            return BmpImage.of(bytes, limits);
        }
        throw unknown(bytes);
    }

    private static RejectedImageException unknown(byte[] bytes) {
        String start = new String(bytes, 0, Math.min(bytes.length, 12), StandardCharsets.ISO_8859_1);
        String known = null;
        if (start.startsWith("GIF8")) {
            known = "GIF";
        } else if (start.startsWith("II*\0") || start.startsWith("MM\0*")) {
            known = "TIFF";
        } else if (start.startsWith("RIFF") && start.endsWith("WEBP")) {
            known = "WebP";
        } else if (bytes.length > 132 && isDicom(bytes)) {
            known = "DICOM";
        }
        if (known != null) {
            return new RejectedImageException(RejectReason.UNSUPPORTED, known + "; expected JPEG, PNG or BMP");
        }
        StringBuilder hex = new StringBuilder();
        for (int i = 0; i < Math.min(bytes.length, 8); i++) {
            hex.append("%02x ".formatted(bytes[i]));
        }
        return new RejectedImageException(
                RejectReason.NOT_AN_IMAGE, "starts with bytes " + hex + "; expected JPEG, PNG or BMP");
    }

    private static boolean isDicom(byte[] bytes) {
        return new String(bytes, 128, 4, StandardCharsets.ISO_8859_1).equals("DICM");
    }
}
