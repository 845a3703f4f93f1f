package org.attnvgg;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * bfloat16, the upper half of float32 (1 sign, 8 exponent, 7 fraction bits), rounded to nearest and even as libtorch does.
 */
public final class Bfloat16 {

    /** Size of one value. */
    public static final int BYTES = 2;

    /** Values converted at a time: what stays in a core's first cache. */
    private static final int BLOCK = 2048;

    private Bfloat16() {}

    /** The nearest bfloat16. */
    public static short round(float value) {
        int bits = Float.floatToRawIntBits(value);
        int rounded = (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
        return (short) (Float.isNaN(value) ? bits >>> 16 | 0x40 : rounded); // a NaN stays one
    }

    /** The float32 of the same value. */
    public static float widen(short value) {
        return Float.intBitsToFloat(value << 16);
    }

    /** Rounds a stretch of values into the start of a buffer. */
    public static void round(float[] values, int from, int count, ShortBuffer into) {
        short[] block = new short[BLOCK];
        for (int done = 0; done < count; done += BLOCK) {
            int length = Math.min(BLOCK, count - done);
            for (int i = 0; i < length; i++) {
                block[i] = round(values[from + done + i]);
            }
            into.put(done, block, 0, length);
        }
    }

    /** Widens all of a buffer into another. */
    public static void widen(ShortBuffer values, FloatBuffer into) {
        float[] wide = new float[BLOCK];
        for (int done = 0; done < values.limit(); done += BLOCK) {
            int length = Math.min(BLOCK, values.limit() - done);
            widen(values, done, wide, length);
            into.put(done, wide, 0, length);
        }
    }

    /** Widens {@code count} values from an index on into the start of an array. */
    public static void widen(ShortBuffer values, int from, float[] into, int count) {
        short[] block = new short[Math.min(BLOCK, count)];
        for (int done = 0; done < count; done += BLOCK) {
            int length = Math.min(BLOCK, count - done);
            values.get(from + done, block, 0, length);
            for (int i = 0; i < length; i++) {
                into[done + i] = widen(block[i]);
            }
        }
    }
}
