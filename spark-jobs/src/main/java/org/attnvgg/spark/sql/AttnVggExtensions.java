package org.attnvgg.spark.sql;

import org.apache.spark.sql.SparkSessionExtensions;
import org.attnvgg.spark.shim.SqlFunctions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** The functions on attention maps, for any Spark session: {@code spark.sql.extensions=org.attnvgg.spark.sql.AttnVggExtensions}. */
public final class AttnVggExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        for (AttentionFunction function : AttentionFunction.values()) {
            SqlFunctions.add(extensions, function);
        }
        return BoxedUnit.UNIT;
    }
}
