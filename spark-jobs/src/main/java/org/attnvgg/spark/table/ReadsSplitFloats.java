package org.attnvgg.spark.table;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;
import scala.runtime.AbstractPartialFunction;

/** In a session with this rule, Spark's {@code parquet} reads score tables with floats by {@link ByteStreamSplit}, and others as ever. */
public final class ReadsSplitFloats extends Rule<LogicalPlan> {

    /** A format equals any other that extends it, so that it takes an option to make the relation a different one. */
    private static final Tuple2<String, String> MARK = new Tuple2<>("attnvgg.encoding", "byte-stream-split");

    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        return plan.resolveOperatorsUp(new AbstractPartialFunction<>() {
            @Override
            public boolean isDefinedAt(LogicalPlan node) {
                return node instanceof LogicalRelation read
                        && read.relation() instanceof HadoopFsRelation files
                        && files.fileFormat().getClass() == ParquetFileFormat.class
                        && isOurs(files.dataSchema());
            }

            @Override
            public LogicalPlan apply(LogicalPlan node) {
                LogicalRelation read = (LogicalRelation) node;
                return read.copy(
                        split((HadoopFsRelation) read.relation()),
                        read.output(),
                        read.catalogTable(),
                        read.isStreaming());
            }
        });
    }

    private static boolean isOurs(StructType columns) {
        List<String> names = Arrays.asList(columns.fieldNames());
        return ScoreTables.FLOATS.values().stream().anyMatch(names::containsAll);
    }

    private static HadoopFsRelation split(HadoopFsRelation files) {
        return new HadoopFsRelation(
                files.location(),
                files.partitionSchema(),
                files.dataSchema(),
                files.bucketSpec(),
                new ByteStreamSplit(),
                files.options().$plus(MARK),
                files.sparkSession());
    }
}
