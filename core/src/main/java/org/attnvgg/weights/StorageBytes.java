package org.attnvgg.weights;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Bytes that tensors lie in: a whole file, or a stored entry of a zip.
 *
 * @param file the file
 * @param entry the entry's name; null for a whole file
 * @param order of the bytes of a number
 */
record StorageBytes(Path file, String entry, ByteOrder order) {

    /** A whole file of little-endian numbers. */
    static StorageBytes ofFile(Path file) {
        return new StorageBytes(file, null, ByteOrder.LITTLE_ENDIAN);
    }

    /** A stream from a position on, which the caller closes. */
    InputStream open(long position) throws IOException {
        InputStream in = entry == null ? Files.newInputStream(file) : openEntry();
        try {
            in.skipNBytes(position);
            return in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    private InputStream openEntry() throws IOException {
        ZipFile zip = new ZipFile(file.toFile());
        ZipEntry found = zip.getEntry(entry);
        if (found == null) {
            zip.close();
            throw new EOFException("entry " + entry + " went away while the file was read");
        }
        return new FilterInputStream(zip.getInputStream(found)) {
            @Override
            public void close() throws IOException {
                zip.close(); // closes its streams too
            }
        };
    }
}
