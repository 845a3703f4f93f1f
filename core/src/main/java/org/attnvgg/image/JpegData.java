package org.attnvgg.image;

/**
 * Says whether the entropy-coded data of a JPEG fill its image. libjpeg fills what is missing with grey, and OpenCV does not
 * pass its warnings on; so the data are walked through in Java, without computing pixels.
 */
final class JpegData {

    /** Bytes that some encoders append to fill up a block of their hardware. */
    private static final int PADDING = 16;

    /** So many bytes of zeros in a row are no image. */
    private static final int ZEROS = 32;

    private JpegData() {}

    /**
     * Checks the data of a scan.
     *
     * @param end where they end
     * @param known what earlier scans brought, by component and block; null unless the frame is progressive
     */
    static void check(byte[] jpeg, JpegScan scan, int end, long[][] known) throws LostDataException {
        int start = scan.start();
        int needed = new JpegScanWalk(scan, new JpegBits(jpeg, start, end), known).walk();
        int behind = end;
        while (behind > needed && jpeg[behind - 1] == (byte) 0xff) {
            behind--; // fill bytes before the marker
        }
        int left = behind;
        while (left > needed && jpeg[left - 1] == 0) {
            left--;
        }
        if (left - needed > PADDING) {
            throw new LostDataException("%,d bytes of them are left over".formatted(left - needed));
        }
        if (behind - left > PADDING && left == needed && endsInZeros(jpeg, start, needed)) {
            throw new LostDataException("they go over into zeros");
        }
    }

    private static boolean endsInZeros(byte[] jpeg, int start, int end) {
        for (int i = end - 1; i >= Math.max(start, end - ZEROS); i--) {
            if (jpeg[i] != 0) {
                return false;
            }
        }
        return end - start > 0;
    }
}
