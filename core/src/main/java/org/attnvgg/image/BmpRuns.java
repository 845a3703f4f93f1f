package org.attnvgg.image;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.nio.ByteBuffer;

/**
 * The run lengths of a compressed BMP, which may not leave the image nor end before its last row. Half of its pixels at most
 * may be left out, as those of one colour can be.
 */
final class BmpRuns {

    private static final int END_OF_ROW = 0;
    private static final int END_OF_IMAGE = 1;
    private static final int JUMP = 2;

    private final ByteBuffer runs;
    private final int width;
    private final int height;
    private final int bits;
    private int x;
    private int y;
    private long pixels;

    /** The runs from the buffer's position on. */
    BmpRuns(ByteBuffer runs, int width, int height, int bits) {
        this.runs = runs;
        this.width = width;
        this.height = height;
        this.bits = bits;
    }

    void check() throws RejectedImageException {
        while (y < height) {
            int count = next();
            int code = next();
            if (count > 0) {
                x += count;
                pixels += count;
            } else if (code == END_OF_ROW) {
                x = 0;
                y++;
            } else if (code == END_OF_IMAGE) {
                require(y >= height - 1, "ends in row %d of %d", y + 1, height);
                break;
            } else if (code == JUMP) {
                x += next();
                y += next();
                require(y < height, "leaves the image in row %d of %d", y + 1, height);
            } else {
                x += code;
                pixels += code;
                int length = (code * bits + 7) / 8;
                skip(length + length % 2);
            }
            require(x <= width, "leaves the image in row %d of %d", y + 1, height);
            if (y == height - 1 && x == width && runs.remaining() < 2) {
                break; // only its last mark is missing
            }
        }
        require(pixels >= (long) width * height / 2, "has %d of %d pixels", pixels, (long) width * height);
    }

    private int next() throws RejectedImageException {
        skip(1);
        return runs.get(runs.position() - 1) & 0xff;
    }

    private void skip(int bytes) throws RejectedImageException {
        if (runs.remaining() < bytes) {
            throw new RejectedImageException(
                    RejectReason.TRUNCATED,
                    "a BMP of %d×%d pixels that ends in row %d".formatted(width, height, y + 1));
        }
        runs.position(runs.position() + bytes);
    }

    @FormatMethod
    private static void require(boolean holds, @FormatString String detail, Object... values)
            throws RejectedImageException {
        if (!holds) {
            throw new RejectedImageException(
                    RejectReason.UNREADABLE, "a compressed BMP that " + detail.formatted(values));
        }
    }
}
