package org.attnvgg.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Bytes that tensors lie in: a stretch of a file.
 *
 * @param file the file
 * @param name of the storage in it, for messages
 * @param start of its first byte
 * @param length in bytes
 * @param order of the bytes of a number
 */
record StorageBytes(Path file, String name, long start, long length, ByteOrder order) {

    /** A stream from a position in the storage on, which the caller closes. */
    InputStream open(long position) throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            in.skipNBytes(start + position);
            return in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }
}
