package org.attnvgg.image;

import java.nio.ByteBuffer;
import javax.imageio.plugins.jpeg.JPEGHuffmanTable;

/** The Huffman tables and the restart interval that are in force where a JPEG is being read. */
final class JpegTables {

    private static final int DESTINATIONS = 4;

    private final HuffmanTable[] dc = new HuffmanTable[DESTINATIONS];
    private final HuffmanTable[] ac = new HuffmanTable[DESTINATIONS];
    private int restartInterval;

    /** Those that frames of films mean, which have none of their own. */
    JpegTables() {
        dc[0] = HuffmanTable.of(JPEGHuffmanTable.StdDCLuminance);
        ac[0] = HuffmanTable.of(JPEGHuffmanTable.StdACLuminance);
        dc[1] = HuffmanTable.of(JPEGHuffmanTable.StdDCChrominance);
        ac[1] = HuffmanTable.of(JPEGHuffmanTable.StdACChrominance);
    }

    /** Takes the tables of a DHT segment; returns whether all are tables. */
    boolean define(ByteBuffer segment) {
        while (segment.hasRemaining()) {
            int destination = segment.get() & 0xff;
            HuffmanTable table = HuffmanTable.read(segment);
            if (table == null || (destination & 15) >= DESTINATIONS || destination >> 4 > 1) {
                return false;
            }
            (destination >> 4 == 0 ? dc : ac)[destination & 15] = table;
        }
        return true;
    }

    void restartInterval(int mcus) {
        restartInterval = mcus;
    }

    int restartInterval() {
        return restartInterval;
    }

    /** The table for first coefficients that a scan names; null if there is none. */
    HuffmanTable dc(int destination) {
        return destination < DESTINATIONS ? dc[destination] : null;
    }

    /** The table for the other coefficients that a scan names; null if there is none. */
    HuffmanTable ac(int destination) {
        return destination < DESTINATIONS ? ac[destination] : null;
    }
}
