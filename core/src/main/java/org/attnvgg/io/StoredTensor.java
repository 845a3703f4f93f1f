package org.attnvgg.io;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * Where one tensor lies, in C order. The place was checked against the file's size, so that reading allocates no more than
 * the file holds.
 *
 * @param bytes what it lies in
 * @param name the tensor's name in the file
 * @param type number format
 * @param shape dimensions
 * @param position of its first byte in them
 */
public record StoredTensor(StorageBytes bytes, String name, DType type, List<Long> shape, long position) {

    private static final int BUFFER_BYTES = 1 << 20;

    /** The number of values that a shape holds, or an error that names the tensor. */
    static long elements(Path file, String name, List<Long> shape) {
        long count = 1;
        try {
            for (long dimension : shape) {
                if (dimension < 0) {
                    throw new WeightFileException(file, name, "shape " + shape + " has a negative dimension");
                }
                count = Math.multiplyExact(count, dimension);
            }
        } catch (ArithmeticException e) {
            throw new WeightFileException(file, name, "shape " + shape + " has more values than a file can hold");
        }
        return count;
    }

    /** The values as float32. */
    public float[] values() throws IOException {
        long count = elements(bytes.file(), name, shape);
        if (count > Integer.MAX_VALUE - 8) {
            throw new WeightFileException(bytes.file(), name, "shape " + shape + " is larger than an array");
        }
        float[] values = new float[(int) count];
        try (InputStream in = bytes.open(position);
                ReadableByteChannel channel = Channels.newChannel(in)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, count * type.bytes()))
                    .order(bytes.order());
            int read = 0;
            while (read < values.length) {
                int batch = Math.min(values.length - read, BUFFER_BYTES / type.bytes());
                fill(channel, buffer.clear().limit(batch * type.bytes()));
                type.read(buffer.flip(), values, read, batch);
                read += batch;
            }
        }
        return values;
    }

    private static void fill(ReadableByteChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the file became shorter while it was read");
            }
        }
    }
}
