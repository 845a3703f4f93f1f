package org.attnvgg.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads how an image is turned from EXIF data, which are a small TIFF file (EXIF 2.32, 4.6.4). */
final class ExifOrientation {

    static final int UPRIGHT = 1;

    private static final int TAG = 0x0112;
    private static final int SHORT = 3;
    private static final int LONG = 4;
    private static final int ENTRY_BYTES = 12;

    private ExifOrientation() {}

    /** The orientation, 1 to 8; upright where the data say nothing or nothing that makes sense. */
    static int of(ByteBuffer exif) {
        ByteBuffer tiff = exif.slice();
        if (tiff.limit() < 8) {
            return UPRIGHT;
        }
        tiff.order(tiff.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = Integer.toUnsignedLong(tiff.getInt(4));
        if (directory + 2 > tiff.limit()) {
            return UPRIGHT;
        }
        int entries = Short.toUnsignedInt(tiff.getShort((int) directory));
        for (int i = 0; i < entries; i++) {
            long at = directory + 2 + (long) i * ENTRY_BYTES;
            if (at + ENTRY_BYTES > tiff.limit()) {
                return UPRIGHT;
            }
            if (Short.toUnsignedInt(tiff.getShort((int) at)) == TAG) {
                return value(tiff, (int) at);
            }
        }
        return UPRIGHT;
    }

    private static int value(ByteBuffer tiff, int entry) {
        int type = Short.toUnsignedInt(tiff.getShort(entry + 2));
        int value = switch (type) {
            case SHORT -> Short.toUnsignedInt(tiff.getShort(entry + 8));
            case LONG -> tiff.getInt(entry + 8);
            default -> UPRIGHT;
        };
        return value >= 1 && value <= 8 ? value : UPRIGHT;
    }
}
