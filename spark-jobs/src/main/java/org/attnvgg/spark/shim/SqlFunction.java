package org.attnvgg.spark.shim;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;

/** A function of SQL that Spark calls row by row. A NULL argument gives NULL without a call. */
public interface SqlFunction extends Serializable {

    /** Its name in queries. */
    String sqlName();

    /** The parameters' names, with commas between them. */
    String signature();

    /** What it gives, for DESCRIBE FUNCTION. */
    String text();

    /** The type of its value. */
    DataType type();

    /** What Spark casts the arguments to, by its own rules. */
    List<AbstractDataType> inputTypes();

    /**
     * The value, or null: a float[] for an array, an Object[] for a struct.
     *
     * @param arguments none of them null; a {@link NumberArray} for an array
     */
    Object call(Object[] arguments);

    /** An array of floats or doubles. */
    interface NumberArray {

        /** How many there are. */
        int size();

        /** Whether one is NULL. */
        boolean isNull(int index);

        /** One that is not NULL. */
        double get(int index);
    }
}
