package org.attnvgg.model;

import java.util.Locale;

/** The number format of the convolutions; attention's softmax, the classifier and batch norm's parameters stay float32. */
public enum Precision {
    FLOAT32(6),
    BFLOAT16(15),
    /** For GPUs: libtorch's CPU kernels for it are slow. */
    FLOAT16(5);

    private final int scalarType;

    Precision(int scalarType) {
        this.scalarType = scalarType;
    }

    /** The number of this format in {@code c10::ScalarType}, which TorchScript programs use. */
    int scalarType() {
        return scalarType;
    }

    /** The expression of a float32 value in this format. */
    String cast(String value) {
        return this == FLOAT32 ? value : "torch.to(%s, %d)".formatted(value, scalarType);
    }

    /** The expression of a value of this format in float32. */
    String widened(String value) {
        return this == FLOAT32 ? value : "torch.to(%s, %d)".formatted(value, FLOAT32.scalarType);
    }

    /** The name in settings and model folders: {@code float32}, {@code bfloat16}, {@code float16}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The precision of that name. */
    public static Precision of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
