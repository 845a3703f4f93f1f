package org.attnvgg.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/** Puts PNG files together. */
final class PngFiles {

    /** Where the first chunk behind IHDR begins. */
    static final int BEHIND_HEADER = 8 + 12 + 13;

    private PngFiles() {}

    /** A chunk with its checksum. */
    static byte[] chunk(String type, byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(type.getBytes(StandardCharsets.US_ASCII));
        crc.update(body);
        return ByteBuffer.allocate(12 + body.length)
                .putInt(body.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(body)
                .putInt((int) crc.getValue())
                .array();
    }

    /** The file with a chunk behind its header. */
    static byte[] with(byte[] png, byte[] chunk) {
        return JpegFiles.concat(
                Arrays.copyOf(png, BEHIND_HEADER), chunk, Arrays.copyOfRange(png, BEHIND_HEADER, png.length));
    }

    /** The file with EXIF data of one entry. */
    static byte[] withExif(byte[] png, int orientation) {
        ByteBuffer tiff = ByteBuffer.allocate(26);
        tiff.put("MM".getBytes(StandardCharsets.US_ASCII)).putShort((short) 42).putInt(8);
        tiff.putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation);
        return with(png, chunk("eXIf", tiff.array()));
    }
}
