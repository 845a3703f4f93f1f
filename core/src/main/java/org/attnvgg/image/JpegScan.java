package org.attnvgg.image;

import java.util.List;

/**
 * What the header of a JPEG's scan says (T.81, B.2.3).
 *
 * @param components its components, each with the tables that were in force
 * @param first of the coefficients that it brings, 0 to 63
 * @param last of them
 * @param missingBefore bits of them that were missing before, of which it brings the first; 0: nothing of them was known
 * @param missingBits bits of them that later scans bring
 * @param mcus how many groups of blocks it has
 * @param restartInterval groups between two restart markers; 0: there are none
 * @param start where its data begin
 */
record JpegScan(
        List<Component> components,
        int first,
        int last,
        int missingBefore,
        int missingBits,
        int mcus,
        int restartInterval,
        int start) {

    /**
     * A component.
     *
     * @param index in the frame
     * @param blocks in a group
     * @param dc its table of first coefficients; null if there was none
     * @param ac its table of the others; null if there was none
     */
    record Component(int index, int blocks, HuffmanTable dc, HuffmanTable ac) {}

    /** Whether it brings a further bit of coefficients that are known. */
    boolean refines() {
        return missingBefore > 0;
    }
}
