package org.attnvgg.io;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts the bytes that were taken from it, up to a limit. */
final class CountingInputStream extends FilterInputStream {

    private final long most;
    private long count;

    /** At most {@code most} bytes can be taken: more are an {@link IllegalArgumentException}. */
    CountingInputStream(InputStream in, long most) {
        super(in);
        this.most = most;
    }

    long count() {
        return count;
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        return value < 0 ? value : counted(value, 1);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = super.read(bytes, offset, length);
        return counted(read, Math.max(0, read));
    }

    private int counted(int result, int bytes) {
        count += bytes;
        if (count > most) {
            throw new IllegalArgumentException("more than %,d bytes".formatted(most));
        }
        return result;
    }
}
