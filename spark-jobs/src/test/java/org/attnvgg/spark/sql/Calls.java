package org.attnvgg.spark.sql;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.SimpleAnalyzer$;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.attnvgg.spark.shim.FunctionCall;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** Calls of the functions without a session: Spark's analyzer casts and checks the arguments, as in any query. */
final class Calls {

    private Calls() {}

    /** What the function gives, as Spark holds it inside. */
    static Object call(AttentionFunction function, Object... arguments) {
        Expression call = new FunctionCall(
                function,
                JavaConverters.asScalaBuffer(
                        Arrays.stream(arguments).map(Calls::literal).toList()));
        boolean castNothing = call.checkInputDataTypes().isSuccess(); // analysis, which takes a while, changes nothing
        return (castNothing ? call : analyzed(call)).eval(InternalRow.empty());
    }

    private static Expression analyzed(Expression call) {
        Seq<Object> none = JavaConverters.asScalaBuffer(List.of());
        Alias named = alias(call, none);
        LogicalPlan plan = SimpleAnalyzer$.MODULE$.execute(
                new Project(JavaConverters.asScalaBuffer(List.<NamedExpression>of(named)), new OneRowRelation()));
        SimpleAnalyzer$.MODULE$.checkAnalysis(plan);
        return plan.expressions().head().children().head();
    }

    @SuppressWarnings("unchecked")
    private static Alias alias(Expression call, Seq<?> none) {
        return new Alias(
                call, "value", new ExprId(0, UUID.randomUUID()), (Seq<String>) none, Option.empty(), (Seq<String>)
                        none);
    }

    /** A literal of the type that SQL would give it; an expression is taken as it is. */
    static Expression literal(Object argument) {
        if (argument == null) {
            return new Literal(null, DataTypes.NullType);
        }
        if (argument instanceof float[] map) {
            Float[] values = new Float[map.length];
            Arrays.setAll(values, i -> map[i]);
            return array(DataTypes.FloatType, (Object[]) values);
        }
        if (argument instanceof double[] map) {
            return array(DataTypes.DoubleType, Arrays.stream(map).boxed().toArray());
        }
        return argument instanceof Expression expression ? expression : Literal$.MODULE$.apply(argument);
    }

    /** An array, which may hold nulls. */
    static Expression array(DataType elements, Object... values) {
        DataType type = DataTypes.createArrayType(elements, true);
        return new Literal(CatalystTypeConverters.convertToCatalyst(values), type);
    }
}
