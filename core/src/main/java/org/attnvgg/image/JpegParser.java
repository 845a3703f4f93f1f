package org.attnvgg.image;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Walks the segments of a JPEG (ITU-T T.81, annex B) to its end mark, as libjpeg does. Everything that would let libjpeg see
 * another image than this walk did is refused: a second frame header, markers that nobody knows, segments of a wrong length.
 */
final class JpegParser {

    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);

    private static final int DHT = 0xc4;
    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int DRI = 0xdd;
    private static final int APP1 = 0xe1;
    private static final int COM = 0xfe;

    private final byte[] bytes;
    private final ImageLimits limits;
    private int at = 2; // behind the start mark
    private JpegFrame frame;
    private int orientation = ExifOrientation.UPRIGHT;
    private boolean exif;
    private final JpegTables tables = new JpegTables();
    private final List<Integer> ends = new ArrayList<>(); // of the scans' data

    JpegParser(byte[] bytes, ImageLimits limits) {
        this.limits = limits;
        this.bytes = bytes;
    }

    JpegImage parse() throws RejectedImageException {
        while (true) {
            int mark = nextMarker();
            if (frame != null && ends.size() < frame.scans().size()) {
                ends.add(mark < 0 ? bytes.length : mark);
            }
            if (mark < 0) {
                return image(bytes.length, false);
            }
            int marker = u8(mark + 1);
            at = mark + 2;
            if (marker == EOI) {
                return image(mark, true);
            }
            require(isSegment(marker), "marker 0x%02x, which no JPEG has there, at byte %,d", marker, mark);
            if (at + 2 > bytes.length || at + u16(at) > bytes.length) {
                return image(mark, endsWithEndMark());
            }
            int length = u16(at);
            require(length >= 2, "a segment of %d bytes at byte %,d", length, mark);
            segment(marker, ByteBuffer.wrap(bytes, at + 2, length - 2).slice());
            at += length;
        }
    }

    private void segment(int marker, ByteBuffer body) throws RejectedImageException {
        if (isFrame(marker)) {
            require(frame == null, "two frame headers");
            frame = new JpegFrame(marker, body);
            limits.check(frame.width(), frame.height());
        } else if (marker == SOS) {
            require(frame != null, "a scan before the frame header");
            frame.addScan(body, tables, at + Short.BYTES + body.limit());
        } else if (marker == DHT) {
            require(tables.define(body), "a segment that is no Huffman table");
        } else if (marker == DRI) {
            require(body.limit() == Short.BYTES, "a restart interval of %d bytes", body.limit());
            tables.restartInterval(Short.toUnsignedInt(body.getShort(0)));
        } else if (marker == APP1 && startsWithExif(body) && !exif) {
            exif = true;
            orientation = ExifOrientation.of(body.position(EXIF.length));
        }
    }

    private static boolean startsWithExif(ByteBuffer body) {
        return body.limit() > EXIF.length && body.slice(0, EXIF.length).equals(ByteBuffer.wrap(EXIF));
    }

    /** Frames, Huffman and arithmetic tables, scans, quantization, restart intervals, APPn and comments. */
    private static boolean isSegment(int marker) {
        boolean reserved = marker == SOI || marker == 0xc8 || marker == 0xde || marker == 0xdf;
        return (marker >= 0xc0 && marker <= 0xef && !reserved) || marker == COM;
    }

    /** Start of frame: every 0xC0 to 0xCF but DHT, JPG and DAC. */
    private static boolean isFrame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != DHT && marker != 0xcc;
    }

    /** Where the next marker begins that is not a restart mark, TEM or stuffing; -1 if there is none. */
    private int nextMarker() {
        for (int i = at; i + 1 < bytes.length; i++) {
            if (bytes[i] == (byte) 0xff) {
                int code = u8(i + 1);
                boolean alone = (code >= 0xd0 && code <= 0xd7) || code <= 0x01 || code == 0xff;
                if (!alone) {
                    return i;
                }
            }
        }
        return -1;
    }

    private JpegImage image(int end, boolean complete) throws RejectedImageException {
        if (frame == null) {
            throw new RejectedImageException(
                    complete ? RejectReason.UNREADABLE : RejectReason.TRUNCATED,
                    "a JPEG of %,d bytes without a frame header".formatted(bytes.length));
        }
        byte[] ended = Arrays.copyOf(bytes, end + 2);
        ended[end] = (byte) 0xff;
        ended[end + 1] = (byte) EOI;
        return new JpegImage(frame, orientation, ended, ends, complete);
    }

    private boolean endsWithEndMark() {
        return u8(bytes.length - 2) == 0xff && u8(bytes.length - 1) == EOI;
    }

    private int u8(int index) {
        return bytes[index] & 0xff;
    }

    private int u16(int index) {
        return u8(index) << 8 | u8(index + 1);
    }

    @FormatMethod
    private void require(boolean holds, @FormatString String detail, Object... values) throws RejectedImageException {
        if (!holds) {
            throw new RejectedImageException(
                    ends.isEmpty() ? RejectReason.UNREADABLE : RejectReason.DAMAGED,
                    "a JPEG with " + detail.formatted(values));
        }
    }
}
