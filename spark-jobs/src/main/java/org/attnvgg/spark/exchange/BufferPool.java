package org.attnvgg.spark.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;

/** Direct buffers of one size, used again and again; as many as were ever in use at once. */
final class BufferPool {

    private final int bytes;
    private final Deque<ByteBuffer> free = new ArrayDeque<>();
    private final Set<ByteBuffer> taken = Collections.newSetFromMap(new IdentityHashMap<>());

    BufferPool(int bytes) {
        this.bytes = bytes;
    }

    /** A buffer, empty, in native byte order. */
    synchronized ByteBuffer take() {
        ByteBuffer buffer = free.isEmpty()
                ? ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder())
                : free.pop().clear();
        taken.add(buffer);
        return buffer;
    }

    /** Takes one back. */
    synchronized void give(ByteBuffer buffer) {
        if (!taken.remove(buffer)) {
            throw new IllegalArgumentException("not a buffer that was taken from here, or given back already");
        }
        free.push(buffer);
    }
}
