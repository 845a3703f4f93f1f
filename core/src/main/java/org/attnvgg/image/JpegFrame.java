package org.attnvgg.image;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A JPEG's frame header (T.81, B.2.2), and which coefficients of which components its scans bring. */
final class JpegFrame {

    /** Each costs a pass over the whole image, however few bytes it has. Encoders write about ten. */
    private static final int MOST_SCANS = 100;

    private static final int COEFFICIENTS = 64;
    private static final int NOTHING = 16;

    private final boolean progressive;
    private final int width;
    private final int height;
    private final int[] ids;
    private final int[] samplings;
    private final byte[][] missingBits; // components × 64 coefficients
    private int scans;
    private boolean interleaved;

    JpegFrame(int marker, ByteBuffer body) throws RejectedImageException {
        progressive = marker == 0xc2 || marker == 0xca;
        require(body.limit() >= 6, "a frame header of %d bytes", body.limit());
        height = Short.toUnsignedInt(body.getShort(1));
        width = Short.toUnsignedInt(body.getShort(3));
        int components = u8(body, 5);
        require(width > 0 && height > 0, "%d×%d pixels", width, height);
        require(
                components >= 1 && components <= 4 && body.limit() == 6 + 3 * components,
                "a frame header of %d bytes for %d components",
                body.limit(),
                components);
        ids = new int[components];
        samplings = new int[components];
        missingBits = new byte[components][COEFFICIENTS];
        for (int i = 0; i < components; i++) {
            ids[i] = u8(body, 6 + 3 * i);
            int factors = u8(body, 7 + 3 * i);
            samplings[i] = (factors >> 4) * (factors & 15);
            Arrays.fill(missingBits[i], (byte) NOTHING);
        }
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** Notes what a scan brings (T.81, B.2.3). */
    void addScan(ByteBuffer body) throws RejectedImageException {
        scans++;
        require(scans <= MOST_SCANS, "more than %d scans", MOST_SCANS);
        int components = body.limit() > 0 ? u8(body, 0) : 0;
        require(
                components >= 1 && components <= ids.length && body.limit() == 4 + 2 * components,
                "a scan header of %d bytes for %d components",
                body.limit(),
                components);
        interleaved = components == ids.length && (scans == 1 || interleaved);
        int first = progressive ? u8(body, 1 + 2 * components) : 0;
        int last = progressive ? u8(body, 2 + 2 * components) : COEFFICIENTS - 1;
        int missing = progressive ? u8(body, 3 + 2 * components) & 15 : 0;
        require(first <= last && last < COEFFICIENTS, "a scan of coefficients %d to %d", first, last);
        for (int i = 0; i < components; i++) {
            Arrays.fill(missingBits[component(u8(body, 1 + 2 * i))], first, last + 1, (byte) missing);
        }
    }

    private int component(int id) throws RejectedImageException {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == id) {
                return i;
            }
        }
        throw new RejectedImageException(
                RejectReason.UNREADABLE, "a JPEG with a scan of component %d, which its frame has not".formatted(id));
    }

    /** Whether the scans bring every bit of every coefficient. */
    boolean isWhole() {
        for (byte[] component : missingBits) {
            for (byte missing : component) {
                if (missing != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** What libjpeg keeps if it cannot decode row by row: every coefficient, in 2 bytes. */
    int coefficientBytesPerPixel() {
        if (!progressive && interleaved) {
            return 0;
        }
        int largest = Math.max(1, Arrays.stream(samplings).max().orElseThrow());
        int sum = Arrays.stream(samplings).sum();
        return (2 * sum + largest - 1) / largest;
    }

    private static int u8(ByteBuffer body, int index) {
        return body.get(index) & 0xff;
    }

    @FormatMethod
    private static void require(boolean holds, @FormatString String detail, Object... values)
            throws RejectedImageException {
        if (!holds) {
            throw new RejectedImageException(RejectReason.UNREADABLE, "a JPEG with " + detail.formatted(values));
        }
    }
}
