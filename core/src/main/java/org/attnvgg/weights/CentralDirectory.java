package org.attnvgg.weights;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipException;

/**
 * Where the entries of a zip begin, which {@link java.util.zip.ZipFile} does not tell (APPNOTE.TXT sections 4.3.12 to
 * 4.3.16). PyTorch writes no zip64 below 4 GiB; larger files are refused.
 */
final class CentralDirectory {

    private static final int END_SIGNATURE = 0x06054b50;
    private static final int ENTRY_SIGNATURE = 0x02014b50;
    private static final int END_BYTES = 22;
    private static final int ENTRY_BYTES = 46;
    private static final int MAX_COMMENT = 0xffff;

    private CentralDirectory() {}

    /** The position of every entry's local header, by name. */
    static Map<String, Long> localHeaders(RandomAccessFile file) throws IOException {
        int tailBytes = (int) Math.min(file.length(), END_BYTES + MAX_COMMENT);
        ByteBuffer tail = read(file, file.length() - tailBytes, tailBytes);
        int end = tailBytes - END_BYTES;
        while (end >= 0 && tail.getInt(end) != END_SIGNATURE) {
            end--;
        }
        if (end < 0) {
            throw new ZipException("no end of central directory");
        }
        long bytes = Integer.toUnsignedLong(tail.getInt(end + 12));
        long start = Integer.toUnsignedLong(tail.getInt(end + 16));
        if (start + bytes > file.length()) {
            throw new ZipException("central directory outside the file, or zip64");
        }
        return entries(read(file, start, (int) bytes));
    }

    private static Map<String, Long> entries(ByteBuffer directory) throws ZipException {
        Map<String, Long> headers = new HashMap<>();
        int at = 0;
        while (at + ENTRY_BYTES <= directory.limit() && directory.getInt(at) == ENTRY_SIGNATURE) {
            int name = Short.toUnsignedInt(directory.getShort(at + 28));
            int extra = Short.toUnsignedInt(directory.getShort(at + 30));
            int comment = Short.toUnsignedInt(directory.getShort(at + 32));
            if (at + ENTRY_BYTES + name > directory.limit()) {
                throw new ZipException("a central directory entry is cut off");
            }
            byte[] encoded = new byte[name];
            directory.get(at + ENTRY_BYTES, encoded);
            String text = new String(encoded, StandardCharsets.UTF_8);
            headers.put(text, Integer.toUnsignedLong(directory.getInt(at + 42)));
            at += ENTRY_BYTES + name + extra + comment;
        }
        return headers;
    }

    private static ByteBuffer read(RandomAccessFile file, long position, int bytes) throws IOException {
        byte[] buffer = new byte[bytes];
        file.seek(position);
        file.readFully(buffer);
        return ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
    }
}
