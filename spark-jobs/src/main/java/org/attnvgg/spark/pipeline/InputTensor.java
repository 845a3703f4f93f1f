package org.attnvgg.spark.pipeline;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.attnvgg.image.Preprocessing;

/** Accepted pictures as the network's input, in direct memory that is used again and again. Not thread-safe. */
public final class InputTensor {

    private final int imageSize;
    private ByteBuffer memory = ByteBuffer.allocateDirect(0);

    /** Inputs of {@code imageSize} pixels a side. */
    public InputTensor(int imageSize) {
        this.imageSize = imageSize;
    }

    /** N×3×S×S float32 in native byte order; the next call overwrites it. */
    public ByteBuffer of(List<LoadedImage> images) {
        int bytes = Math.multiplyExact(images.size() * 3, imageSize * imageSize * Float.BYTES);
        if (memory.capacity() < bytes) {
            memory = ByteBuffer.allocateDirect(bytes);
        }
        ByteBuffer tensor = memory.slice(0, bytes).order(ByteOrder.nativeOrder());
        images.forEach(image -> Preprocessing.append(image.input(), tensor));
        return tensor.flip();
    }
}
