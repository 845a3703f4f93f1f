package org.attnvgg.spark.shim;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import scala.Function1;
import scala.Tuple3;
import scala.collection.Seq;
import scala.runtime.AbstractFunction1;

/** Makes functions known to sessions. */
public final class SqlFunctions {

    private SqlFunctions() {}

    /** Adds a function to the sessions that have these extensions. */
    public static void add(SparkSessionExtensions extensions, SqlFunction function) {
        extensions.injectFunction(
                new Tuple3<>(new FunctionIdentifier(function.sqlName()), info(function), builder(function)));
    }

    private static ExpressionInfo info(SqlFunction function) {
        String usage = "_FUNC_(" + function.signature() + ") - " + function.text() + ".";
        return new ExpressionInfo(
                FunctionCall.class.getName(), null, function.sqlName(), usage, "", "", "", "", "", "", "java_udf");
    }

    private static Function1<Seq<Expression>, Expression> builder(SqlFunction function) {
        return new AbstractFunction1<>() {
            @Override
            public Expression apply(Seq<Expression> arguments) {
                return new FunctionCall(function, arguments);
            }
        };
    }
}
