package org.attnvgg.spark.shim;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.ImplicitCastInputTypes;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenFallback;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.AnyDataType$;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.IndexedSeq;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * A call of an {@link SqlFunction} in a query. It is an expression of Spark's own kind, not a user-defined function,
 * because only then does Spark cast its arguments, and what it throws reaches the user as it is.
 */
public final class FunctionCall extends Expression implements ImplicitCastInputTypes, CodegenFallback, Serializable {

    private static final long serialVersionUID = 1;

    private final SqlFunction function;
    private final Seq<Expression> arguments;

    /** A call with these arguments. */
    public FunctionCall(SqlFunction function, Seq<Expression> arguments) {
        this.function = function;
        this.arguments = arguments;
    }

    @Override
    public Seq<Expression> children() {
        return arguments;
    }

    /** A type for each argument that was given, so that Spark drops none that is too many before they are counted. */
    @Override
    public Seq<AbstractDataType> inputTypes() {
        List<AbstractDataType> types = new ArrayList<>(function.inputTypes());
        while (types.size() < arguments.size()) {
            types.add(AnyDataType$.MODULE$);
        }
        return JavaConverters.asScalaBuffer(types.subList(0, arguments.size()));
    }

    @Override
    public TypeCheckResult checkInputDataTypes() {
        int expected = function.inputTypes().size();
        if (arguments.size() != expected) {
            return new TypeCheckResult.TypeCheckFailure("%s takes %d arguments (%s), not %d"
                    .formatted(function.sqlName(), expected, function.signature(), arguments.size()));
        }
        return ImplicitCastInputTypes.super.checkInputDataTypes();
    }

    @Override
    public DataType dataType() {
        return function.type();
    }

    @Override
    public boolean nullable() {
        return true;
    }

    @Override
    public Object eval(InternalRow input) {
        Object[] values = new Object[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            Object value = arguments.apply(i).eval(input);
            if (value == null) {
                return null;
            }
            DataType type = arguments.apply(i).dataType();
            values[i] = value instanceof ArrayData array ? numbers(array, ((ArrayType) type).elementType()) : value;
        }
        return catalyst(function.call(values));
    }

    private static SqlFunction.NumberArray numbers(ArrayData array, DataType elements) {
        boolean doubles = elements.equals(DataTypes.DoubleType);
        return new SqlFunction.NumberArray() {
            @Override
            public int size() {
                return array.numElements();
            }

            @Override
            public boolean isNull(int index) {
                return array.isNullAt(index);
            }

            @Override
            public double get(int index) {
                return doubles ? array.getDouble(index) : array.getFloat(index);
            }
        };
    }

    private static Object catalyst(Object value) {
        if (value instanceof float[] map) {
            return UnsafeArrayData.fromPrimitiveArray(map);
        }
        return value instanceof Object[] fields ? new GenericInternalRow(fields) : value;
    }

    @Override
    public ExprCode doGenCode(CodegenContext context, ExprCode code) {
        return CodegenFallback.super.doGenCode(context, code);
    }

    @Override
    public String prettyName() {
        return function.sqlName();
    }

    /** As {@code EXPLAIN} shows it. */
    @Override
    public String toString() {
        return prettyName() + arguments.mkString("(", ", ", ")");
    }

    @Override
    public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
        return new FunctionCall(function, children);
    }

    /** A copy with other values of what {@link #productElement} gives. */
    @Override
    @SuppressWarnings("unchecked")
    public Expression makeCopy(Object[] elements) {
        return new FunctionCall((SqlFunction) elements[0], (Seq<Expression>) elements[1]);
    }

    @Override
    public int productArity() {
        return 2;
    }

    @Override
    public Object productElement(int index) {
        return index == 0 ? function : arguments;
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof FunctionCall;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FunctionCall call && call.function.equals(function) && call.arguments.equals(arguments);
    }

    @Override
    public int hashCode() {
        return 31 * function.sqlName().hashCode() + arguments.hashCode();
    }
}
