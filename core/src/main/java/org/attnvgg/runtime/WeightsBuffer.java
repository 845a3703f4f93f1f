package org.attnvgg.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;

/**
 * A network's values in direct memory, float32 in native byte order: the trainable ones as {@link Weights#trainable()},
 * then the running statistics. On the CPU the parameters of {@link TrainingNetwork} alias it, so that weights which arrive here
 * are in place without another copy.
 */
public final class WeightsBuffer {

    private final NetworkLayout layout;
    private final ByteBuffer values;

    WeightsBuffer(NetworkLayout layout, ByteBuffer values) {
        if (!values.isDirect() || values.capacity() != bytes(layout)) {
            throw new IllegalArgumentException("weights need %,d bytes of direct memory, not %,d%s"
                    .formatted(bytes(layout), values.capacity(), values.isDirect() ? "" : " on the heap"));
        }
        this.layout = layout;
        this.values = values.duplicate().clear().order(ByteOrder.nativeOrder());
    }

    /** A buffer that holds a copy of these weights. */
    public static WeightsBuffer of(NetworkLayout layout, Weights weights) {
        weights.requireFits(layout);
        ByteBuffer values = ByteBuffer.allocateDirect(bytes(layout)).order(ByteOrder.nativeOrder());
        values.asFloatBuffer().put(weights.trainable()).put(weights.statistics());
        return new WeightsBuffer(layout, values);
    }

    static int bytes(NetworkLayout layout) {
        return Math.multiplyExact(Float.BYTES, layout.trainableSize() + layout.statisticsSize());
    }

    /** The bytes of one tensor: a view, not a copy. */
    ByteBuffer slice(TensorSpec tensor) {
        int first = tensor.role().trainable() ? tensor.offset() : layout.trainableSize() + tensor.offset();
        return values.slice(first * Float.BYTES, tensor.size() * Float.BYTES).order(ByteOrder.nativeOrder());
    }

    NetworkLayout layout() {
        return layout;
    }
}
