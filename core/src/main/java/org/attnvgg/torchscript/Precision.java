package org.attnvgg.torchscript;

import ai.djl.ndarray.types.DataType;
import java.util.Locale;

/** The number format of the convolutions; attention, the classifier and batch norm's parameters stay float32. */
public enum Precision {
    FLOAT32(6, DataType.FLOAT32),
    BFLOAT16(15, DataType.FLOAT32),
    /** For GPUs: libtorch's CPU kernels for it are slow. */
    FLOAT16(5, DataType.FLOAT32),
    /** The whole network in float64, for tests of its mathematics: no setting names it. */
    FLOAT64(7, DataType.FLOAT64);

    private final int scalarType;
    private final DataType wide;

    Precision(int scalarType, DataType wide) {
        this.scalarType = scalarType;
        this.wide = wide;
    }

    /** The number of this format in {@code c10::ScalarType}, which TorchScript uses. */
    public int scalarType() {
        return scalarType;
    }

    /** The format of parameters, and of what follows the convolutions. */
    public DataType wide() {
        return wide;
    }

    /** The number of {@link #wide()} in {@code c10::ScalarType}. */
    int wideScalarType() {
        return rounds() ? FLOAT32.scalarType : scalarType;
    }

    /** Whether convolutions have fewer digits than parameters. */
    boolean rounds() {
        return this == BFLOAT16 || this == FLOAT16;
    }

    /** The expression of a float32 value in this format. */
    String cast(String value) {
        return this == FLOAT32 ? value : "torch.to(%s, %d)".formatted(value, scalarType);
    }

    /** The expression of a value of this format in {@link #wide()}. */
    String widened(String value) {
        return rounds() ? "torch.to(%s, %d)".formatted(value, FLOAT32.scalarType) : value;
    }

    /** The expression of a value of {@link #wide()} in float32. */
    String narrowed(String value) {
        return this == FLOAT64 ? "torch.to(%s, %d)".formatted(value, FLOAT32.scalarType) : value;
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
