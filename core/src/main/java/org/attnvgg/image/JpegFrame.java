package org.attnvgg.image;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A JPEG's frame header (T.81, B.2.2) and its scans. */
final class JpegFrame {

    /** Each costs a pass over the whole image, however few bytes it has. Encoders write about ten. */
    private static final int MOST_SCANS = 100;

    private static final int COEFFICIENTS = 64;
    private static final int ALL_BITS = 16;
    private static final int BLOCK = 8; // pixels of a side

    private final boolean huffman;
    private final boolean progressive;
    private final int width;
    private final int height;
    private final int[] ids;
    private final int[] across; // samples of a component in a group of blocks, in blocks
    private final int[] down;
    private final List<JpegScan> scans = new ArrayList<>();

    JpegFrame(int marker, ByteBuffer body) throws RejectedImageException {
        huffman = marker >= 0xc0 && marker <= 0xc2;
        progressive = marker == 0xc2 || marker == 0xca;
        require(body.limit() >= 6, "a frame header of %d bytes", body.limit());
        if (u8(body, 0) != 8 && huffman) {
            throw new RejectedImageException(
                    RejectReason.UNSUPPORTED, "a JPEG of %d bits a sample; expected 8".formatted(u8(body, 0)));
        }
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
        across = new int[components];
        down = new int[components];
        for (int i = 0; i < components; i++) {
            ids[i] = u8(body, 6 + 3 * i);
            across[i] = u8(body, 7 + 3 * i) >> 4;
            down[i] = u8(body, 7 + 3 * i) & 15;
            boolean known = across[i] >= 1 && across[i] <= 4 && down[i] >= 1 && down[i] <= 4;
            require(known, "sampling factors %d×%d", across[i], down[i]);
        }
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    List<JpegScan> scans() {
        return scans;
    }

    /** Adds a scan whose data begin at {@code start}. */
    void addScan(ByteBuffer body, JpegTables tables, int start) throws RejectedImageException {
        require(scans.size() < MOST_SCANS, "more than %d scans", MOST_SCANS);
        int count = body.limit() > 0 ? u8(body, 0) : 0;
        require(
                count >= 1 && count <= ids.length && body.limit() == 4 + 2 * count,
                "a scan header of %d bytes for %d components",
                body.limit(),
                count);
        int first = progressive ? u8(body, 1 + 2 * count) : 0;
        int last = progressive ? u8(body, 2 + 2 * count) : COEFFICIENTS - 1;
        int approximation = progressive ? u8(body, 3 + 2 * count) : 0;
        require(first <= last && last < COEFFICIENTS, "a scan of coefficients %d to %d", first, last);
        require(!progressive || (first == 0 ? last == 0 : count == 1), "a progressive scan of mixed coefficients");
        List<JpegScan.Component> components = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int index = component(u8(body, 1 + 2 * i));
            int destinations = u8(body, 2 + 2 * i);
            components.add(new JpegScan.Component(
                    index,
                    count == 1 ? 1 : across[index] * down[index],
                    tables.dc(destinations >> 4),
                    tables.ac(destinations & 15)));
        }
        int mcus = count == 1
                ? blocks(components.get(0).index())
                : ceilDiv(width, BLOCK * max(across)) * ceilDiv(height, BLOCK * max(down));
        scans.add(new JpegScan(
                components,
                first,
                last,
                approximation >> 4,
                approximation & 15,
                mcus,
                tables.restartInterval(),
                start));
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

    /** Blocks of a component, without those that fill up groups (A.2.2). */
    private int blocks(int component) {
        int columns = ceilDiv(ceilDiv(width * across[component], max(across)), BLOCK);
        int rows = ceilDiv(ceilDiv(height * down[component], max(down)), BLOCK);
        return columns * rows;
    }

    /** Whether the scans bring every bit of every coefficient, each once and in order. */
    boolean isWhole() {
        int[][] missing = new int[ids.length][COEFFICIENTS];
        for (int[] component : missing) {
            Arrays.fill(component, ALL_BITS);
        }
        for (JpegScan scan : scans) {
            int before = scan.refines() ? scan.missingBefore() : ALL_BITS;
            for (JpegScan.Component component : scan.components()) {
                for (int k = scan.first(); k <= scan.last(); k++) {
                    if (missing[component.index()][k] != before) {
                        return false;
                    }
                    missing[component.index()][k] = scan.missingBits();
                }
            }
        }
        return Arrays.stream(missing).flatMapToInt(Arrays::stream).allMatch(bits -> bits == 0);
    }

    /**
     * Walks over the data of all scans. Those of arithmetic coding are not looked at.
     *
     * @param ends where the data of each end
     */
    void checkData(byte[] jpeg, List<Integer> ends) throws LostDataException {
        long[][] known = progressive ? new long[ids.length][] : null;
        for (int i = 0; huffman && i < scans.size(); i++) {
            JpegScan scan = scans.get(i);
            int component = scan.components().get(0).index();
            if (progressive && known[component] == null) {
                known[component] = new long[blocks(component)];
            }
            JpegData.check(jpeg, scan, ends.get(i), known);
        }
    }

    /** What libjpeg keeps if it cannot decode row by row: every coefficient, in 2 bytes. */
    int coefficientBytesPerPixel() {
        boolean interleaved = !scans.isEmpty() && scans.get(0).components().size() == ids.length;
        if (!progressive && interleaved) {
            return 0;
        }
        int samples = 0;
        for (int i = 0; i < ids.length; i++) {
            samples += across[i] * down[i];
        }
        return ceilDiv(2 * samples, max(across) * max(down));
    }

    private static int ceilDiv(int dividend, int divisor) {
        return (dividend + divisor - 1) / divisor;
    }

    private static int max(int[] values) {
        return Arrays.stream(values).max().orElseThrow();
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
