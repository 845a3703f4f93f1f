package org.attnvgg.spark.pipeline;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.attnvgg.image.Preprocessing;

/** Accepted pictures as the network's input. */
public final class InputTensor {

    private InputTensor() {}

    /** N×3×S×S float32, direct, in native byte order. */
    public static ByteBuffer of(List<LoadedImage> images, int imageSize) {
        int bytes = Math.multiplyExact(images.size() * 3, imageSize * imageSize * Float.BYTES);
        ByteBuffer tensor = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        images.forEach(image -> Preprocessing.append(image.input(), tensor));
        return tensor.flip();
    }
}
