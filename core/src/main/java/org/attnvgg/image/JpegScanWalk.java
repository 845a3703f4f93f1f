package org.attnvgg.image;

import org.attnvgg.image.JpegScan.Component;

/** Walks over the entropy-coded data of a scan, code by code, without computing coefficients. */
final class JpegScanWalk {

    private static final int ZERO_RUN = 15;

    private final JpegScan scan;
    private final JpegBits bits;

    /** By component and block, a bit for each coefficient that is not zero; null unless the frame is progressive. */
    private final long[][] known;

    /** Blocks from this one on that bring nothing new. */
    private int emptyBlocks;

    JpegScanWalk(JpegScan scan, JpegBits bits, long[][] known) {
        this.scan = scan;
        this.bits = bits;
        this.known = known;
    }

    /**
     * Walks to the end of the image; returns where the first byte stands that was not needed.
     *
     * @throws LostDataException if the data end before, or are none
     */
    int walk() throws LostDataException {
        requireTables();
        for (int mcu = 0; mcu < scan.mcus(); mcu++) {
            if (scan.restartInterval() > 0 && mcu > 0 && mcu % scan.restartInterval() == 0) {
                bits.restart(mcu / scan.restartInterval() - 1);
                emptyBlocks = 0;
            }
            for (Component component : scan.components()) {
                for (int i = 0; i < component.blocks(); i++) {
                    block(component, mcu);
                }
            }
        }
        return bits.position();
    }

    private void requireTables() throws LostDataException {
        for (Component component : scan.components()) {
            boolean needsDc = scan.first() == 0 && !scan.refines();
            if ((needsDc && component.dc() == null) || (scan.last() > 0 && component.ac() == null)) {
                throw new LostDataException("their Huffman table is missing");
            }
        }
    }

    private void block(Component component, int index) throws LostDataException {
        if (scan.first() == 0) {
            bits.skip(scan.refines() ? 1 : component.dc().next(bits) & 15);
        }
        if (known == null) {
            sequential(component.ac());
        } else if (scan.first() > 0 && scan.refines()) {
            refine(component.ac(), known[component.index()], index);
        } else if (scan.first() > 0 && emptyBlocks > 0) {
            emptyBlocks--;
        } else if (scan.first() > 0) {
            firstBits(component.ac(), known[component.index()], index);
        }
    }

    /** Coefficients 1 to 63 of a block (F.2.2.2). */
    private void sequential(HuffmanTable table) throws LostDataException {
        int k = 1;
        while (k < 64) {
            int symbol = table.next(bits);
            int size = symbol & 15;
            int run = symbol >> 4;
            if (size == 0 && run != ZERO_RUN) {
                return;
            }
            k += run + 1;
            requireInside(k - 1);
            bits.skip(size);
        }
    }

    /** The first bits of a block's coefficients (G.1.2.2). */
    private void firstBits(HuffmanTable table, long[] blocks, int index) throws LostDataException {
        int k = scan.first();
        while (k <= scan.last()) {
            int symbol = table.next(bits);
            int size = symbol & 15;
            int run = symbol >> 4;
            if (size == 0 && run != ZERO_RUN) {
                emptyBlocks = (1 << run) + bits.take(run) - 1;
                return;
            }
            k += run;
            requireInside(k);
            if (size > 0) {
                blocks[index] |= 1L << k;
                bits.skip(size);
            }
            k++;
        }
    }

    /** A further bit of a block's coefficients, and the first bit of those that were zero until now (G.1.2.3). */
    private void refine(HuffmanTable table, long[] blocks, int index) throws LostDataException {
        int k = scan.first();
        while (emptyBlocks == 0 && k <= scan.last()) {
            int symbol = table.next(bits);
            int size = symbol & 15;
            int run = symbol >> 4;
            if (size == 0 && run != ZERO_RUN) {
                emptyBlocks = (1 << run) + bits.take(run);
                break;
            }
            bits.skip(size > 0 ? 1 : 0);
            k = behindRun(blocks[index], k, run);
            if (size > 0) {
                requireInside(k);
                blocks[index] |= 1L << k;
            }
            k++;
        }
        if (emptyBlocks > 0) {
            behindRun(blocks[index], k, Integer.MAX_VALUE);
            emptyBlocks--;
        }
    }

    /** Passes over further bits of known coefficients until a run of unknown ones is over; returns the next unknown one. */
    private int behindRun(long block, int from, int run) throws LostDataException {
        int left = run;
        int k = from;
        while (k <= scan.last()) {
            if ((block >>> k & 1) != 0) {
                bits.skip(1);
            } else if (left-- == 0) {
                break;
            }
            k++;
        }
        return k;
    }

    private void requireInside(int coefficient) throws LostDataException {
        if (coefficient > scan.last()) {
            throw new LostDataException("a block has more coefficients than there are");
        }
    }
}
