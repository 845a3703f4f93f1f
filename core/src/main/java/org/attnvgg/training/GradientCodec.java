package org.attnvgg.training;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Locale;
import org.attnvgg.Bfloat16;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.runtime.TrainingNetwork;

/**
 * A shard's gradient as bytes on its way to the driver, in native byte order: the gradient laid out as the trained values,
 * in float32 or rounded to bfloat16, then the running statistics, always float32.
 */
public final class GradientCodec {

    /** The number format of the gradient's values. */
    public enum GradientPrecision {
        FLOAT32(Float.BYTES),
        /** Half the bytes, 8 bits of precision; sums are float32 all the same. */
        BFLOAT16(Bfloat16.BYTES);

        private final int bytes;

        GradientPrecision(int bytes) {
            this.bytes = bytes;
        }

        /** The number format of that name in settings. */
        public static GradientPrecision of(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT));
        }
    }

    private final int gradients;
    private final int statistics;
    private final GradientPrecision precision;

    /** The format for gradients of a network. */
    public GradientCodec(NetworkLayout layout, GradientPrecision precision) {
        this.gradients = layout.trainableSize();
        this.statistics = layout.statisticsSize();
        this.precision = precision;
    }

    /** How many values the gradient has. */
    int gradients() {
        return gradients;
    }

    /** How many running statistics follow. */
    int statistics() {
        return statistics;
    }

    /** The length of one shard's gradient. */
    public int bytes() {
        return Math.addExact(
                Math.multiplyExact(gradients, precision.bytes), Math.multiplyExact(statistics, Float.BYTES));
    }

    /** Room for one shard's gradient. */
    public ByteBuffer allocate() {
        return ByteBuffer.allocateDirect(bytes()).order(ByteOrder.nativeOrder());
    }

    /** Writes what a network's backward passes left since its weights were loaded. */
    void write(TrainingNetwork network, ByteBuffer into) {
        network.readGradients((tensor, values) -> writeGradient(tensor, values, into));
        FloatBuffer statisticsPart = statisticsOf(into);
        network.readStatistics((tensor, values) -> statisticsPart.put(tensor.offset(), values, 0, tensor.size()));
    }

    private void writeGradient(TensorSpec tensor, FloatBuffer values, ByteBuffer into) {
        if (precision == GradientPrecision.FLOAT32) {
            floats(into, 0, gradients).put(tensor.offset(), values, 0, tensor.size());
        } else {
            float[] copy = new float[tensor.size()];
            values.get(0, copy);
            ShortBuffer target = shorts(into).position(tensor.offset()).slice();
            Bfloat16.round(copy, 0, copy.length, target);
        }
    }

    /** Copies {@code count} values of a gradient, from an index on, into the start of an array. */
    void readGradient(ByteBuffer written, int from, float[] into, int count) {
        if (precision == GradientPrecision.FLOAT32) {
            floats(written, 0, gradients).get(from, into, 0, count);
        } else {
            Bfloat16.widen(shorts(written), from, into, count);
        }
    }

    /** Copies the running statistics out. */
    void readStatistics(ByteBuffer written, float[] into) {
        statisticsOf(written).get(0, into);
    }

    private FloatBuffer statisticsOf(ByteBuffer buffer) {
        return floats(buffer, gradients * precision.bytes, statistics);
    }

    private static FloatBuffer floats(ByteBuffer buffer, int fromByte, int count) {
        return buffer.slice(fromByte, count * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    private ShortBuffer shorts(ByteBuffer buffer) {
        return buffer.slice(0, gradients * Bfloat16.BYTES)
                .order(ByteOrder.nativeOrder())
                .asShortBuffer();
    }
}
