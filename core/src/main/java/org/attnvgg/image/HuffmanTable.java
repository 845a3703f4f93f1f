package org.attnvgg.image;

import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.imageio.plugins.jpeg.JPEGHuffmanTable;

/** A Huffman table of a JPEG (T.81, annex C and F.2.2.3), to read symbols with. */
final class HuffmanTable {

    private static final int MOST_BITS = 16;
    private static final int QUICK_BITS = 9;

    /** By the next 9 bits: the code's length × 256 + its symbol; 0 if the code is longer. */
    private final short[] quick = new short[1 << QUICK_BITS];

    /** By length: the first code that is too large for it, moved up to 16 bits, and what leads from a code to its symbol. */
    private final int[] end = new int[MOST_BITS + 1];

    private final int[] offset = new int[MOST_BITS + 1];
    private final byte[] symbols;

    private HuffmanTable(int[] counts, byte[] symbols) {
        this.symbols = symbols;
        int code = 0;
        int next = 0;
        for (int length = 1; length <= MOST_BITS; length++) {
            offset[length] = next - code;
            for (int i = 0; i < counts[length - 1]; i++) {
                if (length <= QUICK_BITS) {
                    int shift = QUICK_BITS - length;
                    short entry = (short) (length << 8 | (symbols[next] & 0xff));
                    Arrays.fill(quick, code << shift, (code + 1) << shift, entry);
                }
                code++;
                next++;
            }
            end[length] = code << (MOST_BITS - length);
            code <<= 1;
        }
    }

    /** The table at the buffer's position, of which 16 counts come first; null if it is none. */
    static HuffmanTable read(ByteBuffer segment) {
        if (segment.remaining() < MOST_BITS) {
            return null;
        }
        int[] counts = new int[MOST_BITS];
        int sum = 0;
        int space = 1;
        for (int i = 0; i < MOST_BITS; i++) {
            counts[i] = segment.get() & 0xff;
            sum += counts[i];
            space = 2 * space - counts[i];
            if (space < 0) {
                return null; // more codes than there can be of that length
            }
        }
        if (sum > 256 || sum > segment.remaining()) {
            return null;
        }
        byte[] symbols = new byte[sum];
        segment.get(symbols);
        return new HuffmanTable(counts, symbols);
    }

    /** The table that a JPEG without tables means (T.81, annex K.3). */
    static HuffmanTable of(JPEGHuffmanTable standard) {
        int[] counts = new int[MOST_BITS];
        for (int i = 0; i < standard.getLengths().length; i++) {
            counts[i] = standard.getLengths()[i];
        }
        byte[] symbols = new byte[standard.getValues().length];
        for (int i = 0; i < symbols.length; i++) {
            symbols[i] = (byte) standard.getValues()[i];
        }
        return new HuffmanTable(counts, symbols);
    }

    /** Reads a symbol, 0 to 255. */
    int next(JpegBits bits) throws LostDataException {
        int ahead = bits.peek16();
        int entry = quick[ahead >> (MOST_BITS - QUICK_BITS)];
        if (entry != 0) {
            bits.skip(entry >> 8);
            return entry & 0xff;
        }
        for (int length = QUICK_BITS + 1; length <= MOST_BITS; length++) {
            if (ahead < end[length]) {
                bits.skip(length);
                return symbols[offset[length] + (ahead >> (MOST_BITS - length))] & 0xff;
            }
        }
        throw new LostDataException("a code that its Huffman table has not");
    }
}
