package org.attnvgg.image;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A Windows or OS/2 bitmap whose header makes sense and whose rows are all in the file.
 *
 * @param bytes the file
 */
record BmpImage(int width, int height, byte[] bytes) implements EncodedImage {

    private static final int CORE_HEADER = 12; // OS/2, sizes of 16 bits
    private static final int INFO_HEADER = 40;
    private static final int FILE_HEADER = 14;

    private static final int PLAIN = 0;
    private static final int RLE8 = 1;
    private static final int RLE4 = 2;
    private static final int BIT_FIELDS = 3;

    @Override
    public String format() {
        return "BMP";
    }

    @Override
    public int orientation() {
        return ExifOrientation.UPRIGHT;
    }

    @Override
    public int length() {
        return bytes.length;
    }

    /** Checks a file. The size that its header claims is not looked at: nobody else does. */
    static BmpImage of(byte[] bytes, ImageLimits limits) throws RejectedImageException {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long offset = Integer.toUnsignedLong(file.getInt(10));
        long headerBytes = Integer.toUnsignedLong(file.getInt(FILE_HEADER));
        boolean core = headerBytes == CORE_HEADER;
        require(core || headerBytes >= INFO_HEADER, "a header of %d bytes", headerBytes);
        if (FILE_HEADER + headerBytes > file.limit()) {
            throw truncated(file, FILE_HEADER + headerBytes);
        }
        long width = core ? Short.toUnsignedInt(file.getShort(18)) : file.getInt(18);
        long height =
                core ? Short.toUnsignedInt(file.getShort(20)) : Math.abs((long) file.getInt(22)); // < 0: top first
        require(width > 0 && height > 0 && height <= Integer.MAX_VALUE, "%d×%d pixels", width, height);
        limits.check((int) width, (int) height);
        int bits = file.getShort(core ? 24 : 28);
        int compression = core ? PLAIN : file.getInt(30);
        require(offset >= FILE_HEADER + headerBytes, "pixels at byte %d, in its header", offset);
        BmpImage image = new BmpImage((int) width, (int) height, bytes);
        if (compression == PLAIN || (compression == BIT_FIELDS && bits >= 16)) {
            image.requireRows(file, offset, bits);
        } else if ((compression == RLE8 && bits == 8) || (compression == RLE4 && bits == 4)) {
            require(offset < file.limit(), "pixels at byte %d, behind its end", offset);
            new BmpRuns(file.position((int) offset), image.width, image.height, bits).check();
        } else {
            throw new RejectedImageException(
                    RejectReason.UNSUPPORTED, "a BMP of %d bits and compression %d".formatted(bits, compression));
        }
        return image;
    }

    private void requireRows(ByteBuffer file, long offset, int bits) throws RejectedImageException {
        require(
                bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32,
                "%d bits for a pixel",
                bits);
        long rowBytes = ((long) width * bits + 31) / 32 * 4;
        long end = offset + rowBytes * height;
        if (end > file.limit()) {
            throw truncated(file, end);
        }
    }

    private static RejectedImageException truncated(ByteBuffer file, long expected) {
        return new RejectedImageException(
                RejectReason.TRUNCATED, "a BMP of %,d bytes; expected %,d".formatted(file.limit(), expected));
    }

    @FormatMethod
    private static void require(boolean holds, @FormatString String detail, Object... values)
            throws RejectedImageException {
        if (!holds) {
            throw new RejectedImageException(RejectReason.UNREADABLE, "a BMP with " + detail.formatted(values));
        }
    }
}
