package org.attnvgg.model;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The values of a network on the host, as two flat vectors laid out by {@link NetworkLayout}. The vectors are shared,
 * not copied: whoever trains changes them in place.
 *
 * @param trainable what the optimizer changes
 * @param statistics batch norm's running means and variances
 * @param batchesTracked how many training batches the running statistics have seen
 */
public record Weights(float[] trainable, float[] statistics, long batchesTracked) implements Serializable {

    private static final long serialVersionUID = 1;

    /** Room for the weights of a network, all zero. */
    public static Weights zeros(NetworkLayout layout) {
        return new Weights(new float[layout.trainableSize()], new float[layout.statisticsSize()], 0);
    }

    /** The vector that holds this tensor. */
    public float[] vectorOf(TensorSpec tensor) {
        return tensor.role().trainable() ? trainable : statistics;
    }

    /** Refuses vectors that do not fit the layout. */
    public void requireFits(NetworkLayout layout) {
        if (trainable.length != layout.trainableSize() || statistics.length != layout.statisticsSize()) {
            throw new IllegalArgumentException(
                    "weights of %,d parameters and %,d statistics; the network has %,d and %,d"
                            .formatted(
                                    trainable.length,
                                    statistics.length,
                                    layout.trainableSize(),
                                    layout.statisticsSize()));
        }
    }

    private Object writeReplace() {
        return new Packed(bytes(trainable), bytes(statistics), batchesTracked);
    }

    /** How Java serializes weights: it writes floats one by one, but copies bytes. */
    private record Packed(byte[] trainable, byte[] statistics, long batchesTracked) implements Serializable {

        private static final long serialVersionUID = 1;

        private Object readResolve() {
            return new Weights(floats(trainable), floats(statistics), batchesTracked);
        }
    }

    private static byte[] bytes(float[] values) {
        byte[] bytes = new byte[Math.multiplyExact(values.length, Float.BYTES)];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return bytes;
    }

    private static float[] floats(byte[] bytes) {
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }
}
