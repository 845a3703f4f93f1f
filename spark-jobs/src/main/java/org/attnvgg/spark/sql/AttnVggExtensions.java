package org.attnvgg.spark.sql;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import scala.Function1;
import scala.Tuple3;
import scala.collection.Seq;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** The functions on attention maps, for any Spark session: {@code spark.sql.extensions=org.attnvgg.spark.sql.AttnVggExtensions}. */
public final class AttnVggExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        for (AttentionFunction function : AttentionFunction.values()) {
            extensions.injectFunction(
                    new Tuple3<>(new FunctionIdentifier(function.sqlName()), info(function), builder(function)));
        }
        return BoxedUnit.UNIT;
    }

    private static ExpressionInfo info(AttentionFunction function) {
        String usage = "_FUNC_(" + function.signature() + ") - " + function.text() + ".";
        return new ExpressionInfo(
                AttentionCall.class.getName(), null, function.sqlName(), usage, "", "", "", "", "", "", "java_udf");
    }

    private static Function1<Seq<Expression>, Expression> builder(AttentionFunction function) {
        return new AbstractFunction1<>() {
            @Override
            public Expression apply(Seq<Expression> arguments) {
                return new AttentionCall(function, arguments);
            }
        };
    }
}
