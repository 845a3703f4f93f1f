package org.attnvgg.spark.table;

import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetInputFormat;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.collection.Iterator;
import scala.collection.Seq;
import scala.collection.immutable.Map;

/** Spark's own reader of Parquet, which verifies the checksums of pages and whose errors name the file. */
public final class CheckedParquet extends ParquetFileFormat {

    private static final long serialVersionUID = 1;

    @Override
    public Function1<PartitionedFile, Iterator<InternalRow>> buildReaderWithPartitionValues(
            SparkSession spark,
            StructType data,
            StructType partitions,
            StructType required,
            Seq<Filter> filters,
            Map<String, String> options,
            Configuration conf) {
        conf.setBoolean(ParquetInputFormat.PAGE_VERIFY_CHECKSUM_ENABLED, true);
        return new UnreadableFiles(
                super.buildReaderWithPartitionValues(spark, data, partitions, required, filters, options, conf));
    }
}
