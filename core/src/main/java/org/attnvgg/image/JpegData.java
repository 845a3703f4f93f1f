package org.attnvgg.image;

import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.leptonica.PIX;
import org.bytedeco.leptonica.global.leptonica;

/**
 * Says whether the entropy-coded data of a JPEG fill its image. libjpeg fills what is missing with grey and only warns, which
 * OpenCV does not pass on; Leptonica counts the warnings. It decodes at an eighth of the scale, which costs little.
 */
final class JpegData {

    private static final int REDUCTION = 8;

    /** Bytes that some encoders append to fill up a block of their hardware. */
    private static final int PADDING = 16;

    /** The share of a scan that may be left over, as one part in so many. */
    private static final int LEFT_OVER = 64;

    static {
        leptonica.setMsgSeverity(leptonica.L_SEVERITY_NONE);
    }

    private JpegData() {}

    /**
     * Whether the data are enough for the image, and not more than it needs: a scan of another image, or one of zeros, is
     * seldom as long as this image's.
     *
     * @param jpeg with an end mark as its last two bytes
     * @param scan where the data of its last scan begin
     */
    static boolean isComplete(byte[] jpeg, int scan) {
        if (warnings(jpeg) > 0) {
            return false;
        }
        if (needsItsEnd(jpeg, scan)) {
            return true;
        }
        byte[] unpadded = cut(jpeg, trailingZeros(jpeg, scan));
        return unpadded.length < jpeg.length && warnings(unpadded) == 0 && needsItsEnd(unpadded, scan);
    }

    private static boolean needsItsEnd(byte[] jpeg, int scan) {
        int data = jpeg.length - 2 - scan;
        return warnings(cut(jpeg, Math.min(data, Math.max(PADDING, data / LEFT_OVER)))) > 0;
    }

    private static int trailingZeros(byte[] jpeg, int scan) {
        int zeros = 0;
        while (jpeg.length - 3 - zeros >= scan && jpeg[jpeg.length - 3 - zeros] == 0) {
            zeros++;
        }
        boolean stuffed = zeros > 0 && jpeg[jpeg.length - 3 - zeros] == (byte) 0xff;
        return stuffed ? zeros - 1 : zeros;
    }

    /** Without so many bytes before the end mark. */
    private static byte[] cut(byte[] jpeg, int count) {
        byte[] cut = Arrays.copyOf(jpeg, jpeg.length - count);
        cut[cut.length - 2] = (byte) 0xff;
        cut[cut.length - 1] = (byte) 0xd9;
        return cut;
    }

    private static int warnings(byte[] jpeg) {
        try (BytePointer data = new BytePointer(jpeg);
                IntPointer warnings = new IntPointer(1)) {
            warnings.put(0, 0);
            PIX image = leptonica.pixReadMemJpeg(data, jpeg.length, 0, REDUCTION, warnings, 0);
            if (image != null) {
                leptonica.pixDestroy(image);
            }
            return warnings.get(0);
        }
    }
}
