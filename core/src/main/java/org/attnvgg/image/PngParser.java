package org.attnvgg.image;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Walks the chunks of a PNG (ISO/IEC 15948) to IEND and keeps those of the still image, checked. Animations, colour profiles
 * and texts never reach native code: OpenCV's reader of animations writes beyond its memory.
 */
final class PngParser {

    private static final int IHDR = 0x49484452;
    private static final int PLTE = 0x504c5445;
    private static final int TRNS = 0x74524e53;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454e44;
    private static final int EXIF = 0x65584966;
    private static final int SBIT = 0x73424954;
    private static final int CGBI = 0x43674249;

    private static final int FRAME_BYTES = 12; // length, type, checksum
    private static final int PALETTE = 3; // a colour type
    private static final int MOST_COLORS = 256;

    private final ByteBuffer file;
    private final ImageLimits limits;
    private final ByteBuffer kept;
    private int width;
    private int height;
    private int depth;
    private int colorType;
    private int orientation = ExifOrientation.UPRIGHT;
    private int significantBits;
    private int colors;
    private boolean transparency;
    private int last;
    private long dataBytes;

    PngParser(ByteBuffer file, ImageLimits limits) {
        this.limits = limits;
        this.file = file;
        kept = ByteBuffer.allocate(file.limit());
    }

    PngImage parse() throws RejectedImageException {
        kept.putLong(PngImage.SIGNATURE);
        file.position(Long.BYTES);
        while (last != IEND) {
            if (file.remaining() < FRAME_BYTES) {
                throw truncated();
            }
            int start = file.position();
            long length = Integer.toUnsignedLong(file.getInt(start));
            int type = file.getInt(start + 4);
            if (last == 0) {
                require(type == IHDR || type == CGBI, "first chunk %s; expected IHDR", name(type));
            }
            if (type == IHDR && last == 0 && length == 13 && file.remaining() >= 8 + length) {
                header(file.slice(start + 8, 13)); // sizes are known even of a file that ends here
            }
            if (length > file.remaining() - FRAME_BYTES) {
                throw truncated();
            }
            ByteBuffer chunk = file.slice(start, (int) length + FRAME_BYTES);
            chunk(type, chunk);
            last = type;
            file.position(start + chunk.limit());
        }
        require(dataBytes > 0, "no image data");
        require(colorType != PALETTE || colors > 0, "no palette");
        return new PngImage(width, height, orientation, significantBits, kept.array(), kept.position());
    }

    private void chunk(int type, ByteBuffer chunk) throws RejectedImageException {
        ByteBuffer body = chunk.slice(8, chunk.limit() - FRAME_BYTES);
        switch (type) {
            case IHDR -> require(last == 0 && body.limit() == 13, "an IHDR of %d bytes, or two", body.limit());
            case PLTE -> palette(body);
            case TRNS -> require(dataBytes == 0 && !transparency, "a tRNS that is not before IDAT");
            case IDAT -> require(last == IDAT || dataBytes == 0, "IDAT chunks with others between");
            case IEND -> require(body.limit() == 0, "an IEND of %d bytes", body.limit());
            case EXIF -> orientation = ExifOrientation.of(body);
            case SBIT -> significantBits = significantBits(body);
            default -> otherChunk(type);
        }
        dataBytes += type == IDAT ? body.limit() : 0;
        boolean keeps = type == IHDR
                || type == IDAT
                || type == IEND
                || (type == PLTE && colorType == PALETTE)
                || (type == TRNS && isTransparency(body.limit()));
        if (keeps) {
            requireChecksum(type, chunk);
            kept.put(chunk);
        }
        transparency |= type == TRNS;
    }

    private void header(ByteBuffer body) throws RejectedImageException {
        width = body.getInt(0);
        height = body.getInt(4);
        depth = body.get(8);
        colorType = body.get(9);
        require(width > 0 && height > 0, "%d×%d pixels", width, height);
        limits.check(width, height);
        boolean known = switch (colorType) {
            case 0 -> Integer.bitCount(depth) == 1 && depth >= 1 && depth <= 16;
            case PALETTE -> Integer.bitCount(depth) == 1 && depth >= 1 && depth <= 8;
            case 2, 4, 6 -> depth == 8 || depth == 16;
            default -> false;
        };
        require(known, "colour type %d of %d bits", colorType, depth);
        require(body.get(10) == 0 && body.get(11) == 0 && (body.get(12) & ~1) == 0, "an unknown compression or filter");
    }

    private void palette(ByteBuffer body) throws RejectedImageException {
        require(colors == 0 && dataBytes == 0 && !transparency, "a PLTE that is not the first before IDAT");
        require(
                body.limit() > 0 && body.limit() % 3 == 0 && body.limit() <= 3 * MOST_COLORS,
                "a palette of %d bytes",
                body.limit());
        colors = body.limit() / 3;
        require(colorType != PALETTE || colors <= 1 << depth, "%d colours of %d bits", colors, depth);
    }

    /** The greatest number that is said of a colour; 0 for 8-bit images, of which all bits are taken. */
    private int significantBits(ByteBuffer body) {
        int greatest = 0;
        int channels = (colorType & 2) == 0 ? 1 : RgbImage.CHANNELS;
        for (int i = 0; i < Math.min(channels, body.limit()); i++) {
            greatest = Math.max(greatest, body.get(i));
        }
        return depth == Short.SIZE && greatest < Short.SIZE ? greatest : 0;
    }

    private boolean isTransparency(int length) {
        return switch (colorType) {
            case 0 -> length == 2;
            case 2 -> length == 6;
            case PALETTE -> length > 0 && length <= colors;
            default -> false;
        };
    }

    /** Chunks with a small first letter may be left out; others change what the image is. */
    private static void otherChunk(int type) throws RejectedImageException {
        if (type == CGBI) {
            throw new RejectedImageException(
                    RejectReason.UNSUPPORTED, "an iPhone-optimised PNG (CgBI); expected a standard one");
        }
        require((type & 0x20000000) != 0, "unknown chunk %s", name(type));
    }

    private static void requireChecksum(int type, ByteBuffer chunk) throws RejectedImageException {
        CRC32 crc = new CRC32();
        crc.update(chunk.slice(4, chunk.limit() - 8));
        int stored = chunk.getInt(chunk.limit() - 4);
        require((int) crc.getValue() == stored, "chunk %s of checksum %08x; expected %08x", name(type), stored, (int)
                crc.getValue());
    }

    private static String name(int type) {
        byte[] letters = ByteBuffer.allocate(4).putInt(type).array();
        String name = new String(letters, StandardCharsets.US_ASCII);
        return name.chars().allMatch(Character::isLetter) ? name : "0x%08x".formatted(type);
    }

    private RejectedImageException truncated() {
        String size = width > 0 ? " of %d×%d pixels".formatted(width, height) : "";
        return new RejectedImageException(
                RejectReason.TRUNCATED,
                "a PNG%s that ends at byte %,d before its end mark".formatted(size, file.limit()));
    }

    @FormatMethod
    private static void require(boolean holds, @FormatString String detail, Object... values)
            throws RejectedImageException {
        if (!holds) {
            throw new RejectedImageException(RejectReason.UNREADABLE, "a PNG with " + detail.formatted(values));
        }
    }
}
