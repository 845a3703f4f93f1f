package org.attnvgg.spark.sql;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.attnvgg.spark.sql.AttentionFunctions.Function;
import org.attnvgg.spark.table.ReadsSplitFloats;
import scala.Function1;
import scala.Tuple3;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * The functions on attention maps, and attention tables themselves, in anybody's session: {@code
 * spark.sql.extensions=org.attnvgg.spark.sql.AttnVggExtensions}.
 */
public final class AttnVggExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        for (Function function : AttentionFunctions.ALL) {
            extensions.injectFunction(
                    new Tuple3<>(new FunctionIdentifier(function.name()), info(function), builder(function)));
        }
        extensions.injectPostHocResolutionRule(new AbstractFunction1<>() {
            @Override
            public Rule<LogicalPlan> apply(SparkSession session) {
                return new ReadsSplitFloats();
            }
        });
        return BoxedUnit.UNIT;
    }

    private static ExpressionInfo info(Function function) {
        String usage = "_FUNC_(" + function.arguments() + ") - " + function.text() + ".";
        return new ExpressionInfo(
                AttentionFunctions.class.getName(), null, function.name(), usage, "", "", "", "", "", "", "java_udf");
    }

    private static Function1<Seq<Expression>, Expression> builder(Function function) {
        return new AbstractFunction1<>() {
            @Override
            public Expression apply(Seq<Expression> arguments) {
                Column[] columns = JavaConverters.seqAsJavaList(arguments).stream()
                        .map(Column::new)
                        .toArray(Column[]::new);
                if (columns.length != function.arity()) {
                    throw new IllegalArgumentException("%s takes %d arguments (%s), not %d"
                            .formatted(function.name(), function.arity(), function.arguments(), columns.length));
                }
                return function.call().of(columns).expr();
            }
        };
    }
}
