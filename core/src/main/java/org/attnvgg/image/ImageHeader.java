package org.attnvgg.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What a file says of its picture, read without decoding it.
 *
 * @param format {@code JPEG}, {@code PNG} or {@code BMP}
 * @param width in pixels, before any EXIF rotation
 * @param height in pixels, likewise
 * @param complete whether the file goes on to the picture's end mark
 */
record ImageHeader(String format, int width, int height, boolean complete) {

    private static final long PNG_SIGNATURE = 0x89504e470d0a1a0aL;
    private static final int IEND = 0x49454e44;

    /** The header of a file. */
    static ImageHeader of(byte[] bytes) throws RejectedImageException {
        if (bytes.length == 0) {
            throw new RejectedImageException(RejectReason.EMPTY, "0 bytes");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (bytes.length >= 3 && (bytes[0] & 0xff) == 0xff && (bytes[1] & 0xff) == 0xd8 && (bytes[2] & 0xff) == 0xff) {
            return jpeg(bytes);
        }
        if (bytes.length >= 8 && buffer.getLong(0) == PNG_SIGNATURE) {
            return png(buffer);
        }
        if (bytes.length >= 26 && bytes[0] == 'B' && bytes[1] == 'M') {
            return bmp(buffer.order(ByteOrder.LITTLE_ENDIAN));
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

    /** Walks the segments of a JPEG (ITU-T T.81, annex B) to its end-of-image marker. */
    private static ImageHeader jpeg(byte[] bytes) throws RejectedImageException {
        int width = 0;
        int height = 0;
        boolean scans = false;
        int at = 2;
        while (true) {
            at = nextMarker(bytes, at, scans);
            if (at < 0) {
                break;
            }
            int marker = bytes[at] & 0xff;
            at++;
            if (marker == 0xd9) {
                return complete(width, height, scans);
            }
            if (at + 2 > bytes.length) {
                break;
            }
            int length = (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
            // Start of frame: every 0xC0 to 0xCF but DHT, JPG and DAC.
            if (marker >= 0xc0
                    && marker <= 0xcf
                    && marker != 0xc4
                    && marker != 0xc8
                    && marker != 0xcc
                    && at + 7 <= bytes.length) {
                height = (bytes[at + 3] & 0xff) << 8 | (bytes[at + 4] & 0xff);
                width = (bytes[at + 5] & 0xff) << 8 | (bytes[at + 6] & 0xff);
            }
            scans |= marker == 0xda;
            at += Math.max(2, length);
        }
        if (width == 0 || height == 0) {
            throw new RejectedImageException(
                    RejectReason.TRUNCATED, "a JPEG of %,d bytes without a frame header".formatted(bytes.length));
        }
        // Damaged data can look like a segment that goes past the end mark.
        return new ImageHeader("JPEG", width, height, scans && endsWithEndMark(bytes));
    }

    private static boolean endsWithEndMark(byte[] bytes) {
        return bytes[bytes.length - 2] == (byte) 0xff && bytes[bytes.length - 1] == (byte) 0xd9;
    }

    private static ImageHeader complete(int width, int height, boolean scans) throws RejectedImageException {
        if (width == 0 || height == 0 || !scans) {
            throw new RejectedImageException(RejectReason.UNREADABLE, "a JPEG without a frame or without a scan");
        }
        return new ImageHeader("JPEG", width, height, true);
    }

    /** The index of the byte behind the next 0xFF that is a marker, or -1; in a scan, skips its data. */
    private static int nextMarker(byte[] bytes, int from, boolean inScan) {
        for (int i = from; i + 1 < bytes.length; i++) {
            if (bytes[i] == (byte) 0xff) {
                int code = bytes[i + 1] & 0xff;
                boolean stuffed = code == 0x00 || code == 0xff;
                boolean restart = code >= 0xd0 && code <= 0xd7;
                if (!stuffed && !(inScan && restart)) {
                    return i + 1;
                }
            }
        }
        return -1;
    }

    /** Walks the chunks of a PNG to IEND. */
    private static ImageHeader png(ByteBuffer bytes) throws RejectedImageException {
        if (bytes.limit() < 33) {
            throw new RejectedImageException(RejectReason.TRUNCATED, "a PNG of %d bytes".formatted(bytes.limit()));
        }
        int width = bytes.getInt(16);
        int height = bytes.getInt(20);
        if (width <= 0 || height <= 0) {
            throw new RejectedImageException(RejectReason.UNREADABLE, "a PNG of %d×%d pixels".formatted(width, height));
        }
        long at = 8;
        boolean complete = false;
        while (!complete && at + 12 <= bytes.limit()) {
            complete = bytes.getInt((int) at + 4) == IEND;
            at += 12 + Integer.toUnsignedLong(bytes.getInt((int) at));
        }
        return new ImageHeader("PNG", width, height, complete && at <= bytes.limit());
    }

    private static ImageHeader bmp(ByteBuffer bytes) throws RejectedImageException {
        int width = bytes.getInt(18);
        int height = Math.abs(bytes.getInt(22)); // negative: top row first
        if (width <= 0 || height <= 0) {
            throw new RejectedImageException(RejectReason.UNREADABLE, "a BMP of %d×%d pixels".formatted(width, height));
        }
        return new ImageHeader("BMP", width, height, Integer.toUnsignedLong(bytes.getInt(2)) <= bytes.limit());
    }
}
