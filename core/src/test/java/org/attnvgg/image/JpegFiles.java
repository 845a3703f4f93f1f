package org.attnvgg.image;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Takes JPEG files apart and puts them together again. */
final class JpegFiles {

    private JpegFiles() {}

    /** Where the marker of the last scan's header stands. */
    static int startOfLastScan(byte[] jpeg) {
        int found = -1;
        for (int i = 0; i + 1 < jpeg.length; i++) {
            if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) 0xda) {
                found = i;
            }
        }
        return found;
    }

    /** Where the data of the last scan begin. */
    static int dataOfLastScan(byte[] jpeg) {
        int scan = startOfLastScan(jpeg);
        return scan + 2 + ((jpeg[scan + 2] & 0xff) << 8 | (jpeg[scan + 3] & 0xff));
    }

    /** Where a marker stands first. */
    static int indexOf(byte[] jpeg, int marker) {
        for (int i = 0; i + 1 < jpeg.length; i++) {
            if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) marker) {
                return i;
            }
        }
        throw new IllegalArgumentException("no marker 0x%02x".formatted(marker));
    }

    /** The file with other data in its last scan. */
    static byte[] withData(byte[] jpeg, byte[] data) {
        return concat(Arrays.copyOf(jpeg, dataOfLastScan(jpeg)), data, new byte[] {(byte) 0xff, (byte) 0xd9});
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
