package org.attnvgg.spark.sql;

import java.util.List;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.TypeCollection;
import org.attnvgg.spark.shim.SqlFunction.NumberArray;
import scala.collection.JavaConverters;

/**
 * A parameter of a function: the type that Spark casts an argument to, and the values that are accepted.
 *
 * @param name as the documentation has it
 */
record Parameter(String name, Kind kind) {

    /** Most cells along a side of a map, and most of a map in all: 64 MiB of floats. */
    static final int MAX_SIDE = 4096;

    static final int MAX_CELLS = MAX_SIDE * MAX_SIDE;

    /** What there is to pass. */
    enum Kind {
        /** A map of any finite values. */
        MAP,
        /** A map whose values are shares of a mass: none is negative. */
        MASS,
        /** The width of the map that is the argument before it. */
        WIDTH,
        /** Cells along a side of a map that is to be made. */
        SIZE,
        /** From 0 to 1. */
        SHARE,
        /** A position; any finite number. */
        COORDINATE,
        /** The bytes of an image's file. */
        IMAGE
    }

    /** What Spark casts to, by its own rules. Doubles stand beside floats because ANSI mode does not narrow them. */
    AbstractDataType type() {
        return switch (kind) {
            case MAP, MASS ->
                new TypeCollection(
                        JavaConverters.asScalaBuffer(List.of(array(DataTypes.FloatType), array(DataTypes.DoubleType))));
            case IMAGE -> DataTypes.BinaryType;
            // Spark would cut a long or a decimal to the bits of an int; a double keeps what is out of range out of it.
            case WIDTH, SIZE, SHARE, COORDINATE -> DataTypes.DoubleType;
        };
    }

    private static AbstractDataType array(DataType elements) {
        return DataTypes.createArrayType(elements, true);
    }

    /** The argument as Java has it: a float[], an Integer, a Double or a byte[]. */
    Object checked(AttentionFunction function, Object value) {
        return switch (kind) {
            case MAP, MASS -> map(function, (NumberArray) value);
            case IMAGE -> value;
            case WIDTH, SIZE -> size(function, (Double) value);
            case SHARE -> number(function, (Double) value, 0, 1, "0 to 1");
            case COORDINATE -> number(function, (Double) value, -Double.MAX_VALUE, Double.MAX_VALUE, "a finite number");
        };
    }

    private float[] map(AttentionFunction function, NumberArray array) {
        int cells = array.size();
        if (cells < 1 || cells > MAX_CELLS) {
            throw new ArgumentException(function, name + " of " + cells + " values", "1 to " + MAX_CELLS);
        }
        float[] values = new float[cells];
        for (int i = 0; i < cells; i++) {
            if (array.isNull(i)) {
                throw unusable(function, i, "NULL");
            }
            double value = array.get(i);
            values[i] = (float) value;
            if (!Float.isFinite(values[i]) || (kind == Kind.MASS && value < 0)) {
                throw unusable(function, i, Double.toString(value));
            }
        }
        return values;
    }

    private ArgumentException unusable(AttentionFunction function, int index, String value) {
        String range = kind == Kind.MASS ? "0 to " + Float.MAX_VALUE : -Float.MAX_VALUE + " to " + Float.MAX_VALUE;
        return new ArgumentException(function, name + "[" + index + "] " + value, range);
    }

    private Integer size(AttentionFunction function, double value) {
        String range = "1 to " + MAX_SIDE;
        return (int)
                number(function, value, 1, MAX_SIDE, value == Math.rint(value) ? range : "a whole number, " + range);
    }

    private double number(AttentionFunction function, double value, double least, double greatest, String range) {
        boolean whole = value == Math.rint(value);
        boolean fits = value >= least && value <= greatest; // false for NaN
        if (!fits || (!whole && range.startsWith("a whole"))) {
            String text = whole && Math.abs(value) < 1e18 ? Long.toString((long) value) : Double.toString(value);
            throw new ArgumentException(function, name + " " + text, range);
        }
        return value;
    }
}
