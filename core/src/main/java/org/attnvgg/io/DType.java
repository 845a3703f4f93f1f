package org.attnvgg.io;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.attnvgg.Bfloat16;

/** The number formats of stored tensors. */
enum DType {
    F64("F64", "DoubleStorage", 8) {
        @Override
        float read(ByteBuffer bytes) {
            return (float) bytes.getDouble();
        }
    },
    F32("F32", "FloatStorage", 4) {
        @Override
        float read(ByteBuffer bytes) {
            return bytes.getFloat();
        }

        @Override
        void read(ByteBuffer bytes, float[] values, int from, int count) {
            bytes.asFloatBuffer().get(values, from, count);
        }
    },
    F16("F16", "HalfStorage", 2) {
        @Override
        float read(ByteBuffer bytes) {
            return halfToFloat(bytes.getShort());
        }
    },
    BF16("BF16", "BFloat16Storage", 2) {
        @Override
        float read(ByteBuffer bytes) {
            return Bfloat16.widen(bytes.getShort());
        }
    },
    I64("I64", "LongStorage", 8) {
        @Override
        float read(ByteBuffer bytes) {
            return bytes.getLong();
        }
    };

    private final String safetensorsName;
    private final String torchStorage;
    private final int bytes;

    DType(String safetensorsName, String torchStorage, int bytes) {
        this.safetensorsName = safetensorsName;
        this.torchStorage = torchStorage;
        this.bytes = bytes;
    }

    /** The next value, as float32. */
    abstract float read(ByteBuffer bytes);

    /** The next {@code count} values, as float32, into an array from an index on. */
    void read(ByteBuffer bytes, float[] values, int from, int count) {
        for (int i = from; i < from + count; i++) {
            values[i] = read(bytes);
        }
    }

    int bytes() {
        return bytes;
    }

    static Optional<DType> ofSafetensors(String name) {
        return Arrays.stream(values())
                .filter(type -> type.safetensorsName.equals(name))
                .findFirst();
    }

    static Optional<DType> ofTorchStorage(String name) {
        return Arrays.stream(values())
                .filter(type -> type.torchStorage.equals(name))
                .findFirst();
    }

    /** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
    private static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) {
            return Math.copySign(fraction * 0x1p-24f, Float.intBitsToFloat(sign | 0x3f800000));
        }
        int wide = exponent == 0x1f ? 0xff : exponent + 112;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }
}
