package org.attnvgg.image;

import java.util.List;

/**
 * A JPEG file whose segments are in order.
 *
 * @param bytes up to and with the end mark, which is ours if the file has none
 * @param ends where the data of each scan end
 * @param ended whether the file itself has an end mark
 */
record JpegImage(JpegFrame frame, int orientation, byte[] bytes, List<Integer> ends, boolean ended)
        implements EncodedImage {

    @Override
    public String format() {
        return "JPEG";
    }

    @Override
    public int width() {
        return frame.width();
    }

    @Override
    public int height() {
        return frame.height();
    }

    @Override
    public int length() {
        return bytes.length;
    }

    @Override
    public int scratchBytesPerPixel() {
        return frame.coefficientBytesPerPixel();
    }

    @Override
    public void checkData() throws RejectedImageException {
        if (!frame.isWhole()) {
            throw lost("scans are missing, or there twice");
        }
        try {
            frame.checkData(bytes, ends);
        } catch (LostDataException e) {
            throw lost("its data do not fill the image: " + e.getMessage());
        }
    }

    private RejectedImageException lost(String what) {
        String image = "a JPEG of %d×%d pixels".formatted(width(), height());
        return ended
                ? new RejectedImageException(RejectReason.DAMAGED, image + ": " + what)
                : new RejectedImageException(
                        RejectReason.TRUNCATED,
                        "%s that ends at byte %,d before its end mark".formatted(image, bytes.length - 2));
    }
}
