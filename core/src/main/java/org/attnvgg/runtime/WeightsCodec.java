package org.attnvgg.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.attnvgg.Bfloat16;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;
import org.attnvgg.torchscript.Precision;

/**
 * Weights as bytes on their way to where they are used: tensors in order, the trainable ones first, in native byte order.
 * All float32, but for a network in bfloat16 those tensors that it would round to bfloat16 anyway, in bfloat16: half the
 * bytes, and the same bits in every result. Not for several threads at once.
 */
public final class WeightsCodec {

    private final NetworkLayout layout;
    private final List<Part> parts = new ArrayList<>();
    private final int bytes;
    private final WeightsBuffer wide;

    /** A run of values of one format: where it lies among all values, and among the bytes. */
    private record Part(TensorSpec tensor, boolean rounded, int byteOffset) {}

    /** The format for a network that computes in that precision. */
    public WeightsCodec(NetworkLayout layout, Precision precision) {
        this.layout = layout;
        this.wide = precision != Precision.BFLOAT16
                ? null
                : new WeightsBuffer(layout, ByteBuffer.allocateDirect(WeightsBuffer.bytes(layout)));
        int offset = 0;
        for (boolean trainable : new boolean[] {true, false}) {
            for (TensorSpec tensor : layout.tensors()) {
                if (tensor.role().trainable() == trainable) {
                    boolean rounded =
                            precision == Precision.BFLOAT16 && tensor.role().ofConvolution();
                    parts.add(new Part(tensor, rounded, offset));
                    offset += tensor.size() * (rounded ? Bfloat16.BYTES : Float.BYTES);
                }
            }
        }
        bytes = offset;
    }

    /** The length of one set of weights. */
    public int bytes() {
        return bytes;
    }

    /** Writes weights into the start of a direct buffer of {@link #bytes()}, on all cores. */
    public void write(Weights weights, ByteBuffer into) {
        weights.requireFits(layout);
        parts.parallelStream().forEach(part -> write(part, weights.vectorOf(part.tensor), slice(part, into)));
    }

    private static void write(Part part, float[] vector, ByteBuffer into) {
        if (part.rounded) {
            Bfloat16.round(vector, part.tensor.offset(), part.tensor.size(), into.asShortBuffer());
        } else {
            into.asFloatBuffer().put(vector, part.tensor.offset(), part.tensor.size());
        }
    }

    /**
     * Weights that were written into a direct buffer: that buffer itself where it is float32, else a widened copy, which
     * the next call overwrites.
     */
    public WeightsBuffer read(ByteBuffer written) {
        if (wide == null) {
            return new WeightsBuffer(layout, written);
        }
        parts.parallelStream().forEach(part -> {
            FloatBuffer tensor = wide.slice(part.tensor).asFloatBuffer();
            if (part.rounded) {
                Bfloat16.widen(slice(part, written).asShortBuffer(), tensor);
            } else {
                tensor.put(slice(part, written).asFloatBuffer());
            }
        });
        return wide;
    }

    private static ByteBuffer slice(Part part, ByteBuffer buffer) {
        int length = part.tensor.size() * (part.rounded ? Bfloat16.BYTES : Float.BYTES);
        return buffer.slice(part.byteOffset, length).order(ByteOrder.nativeOrder());
    }
}
