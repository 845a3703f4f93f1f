package org.attnvgg.spark.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.attnvgg.image.Preprocessing;

/**
 * Accepted images as the network's input, in direct memory that is used again and again. Images are normalised on the
 * task's cores: a GPU scores a hundred while one core normalises them. Not thread-safe; {@link #close} ends its threads.
 */
public final class BatchCollator implements AutoCloseable {

    private final int imageSize;
    private final ExecutorService workers;
    private ByteBuffer memory = ByteBuffer.allocateDirect(0);

    /** Inputs of {@code imageSize} pixels a side, made by a task with {@code cores} cores. */
    public BatchCollator(int imageSize, int cores) {
        this.imageSize = imageSize;
        workers = BatchLoader.threads(cores, "attnvgg-normaliser");
    }

    /** N×3×S×S float32 in native byte order; the next call overwrites it. */
    public ByteBuffer of(List<LoadedImage> images) {
        int each = Math.multiplyExact(3 * Float.BYTES, imageSize * imageSize);
        int bytes = Math.multiplyExact(images.size(), each);
        if (memory.capacity() < bytes) {
            memory = ByteBuffer.allocateDirect(bytes);
        }
        List<? extends Future<?>> parts = IntStream.range(0, images.size())
                .mapToObj(i ->
                        workers.submit(() -> Preprocessing.append(images.get(i).input(), part(i * each, each))))
                .toList();
        BatchLoader.await(parts);
        return part(0, bytes);
    }

    private ByteBuffer part(int from, int bytes) {
        return memory.slice(from, bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
