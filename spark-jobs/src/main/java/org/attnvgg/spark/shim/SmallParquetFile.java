package org.attnvgg.spark.shim;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Map$;

/** A Parquet file of a few rows, or of none, as Spark would write it, but without a Spark job, which takes longer than the rows. */
public final class SmallParquetFile {

    private SmallParquetFile() {}

    /** Writes the file. */
    public static void write(SparkSession spark, Path file, StructType schema, List<Row> rows) throws IOException {
        Job job = Job.getInstance(spark.sessionState().newHadoopConf());
        OutputWriter writer = new ParquetFileFormat()
                .prepareWrite(spark, job, Map$.MODULE$.empty(), schema)
                .newInstance(
                        file.toString(),
                        schema,
                        new TaskAttemptContextImpl(job.getConfiguration(), new TaskAttemptID()));
        try {
            for (Row row : rows) {
                writer.write((InternalRow)
                        CatalystTypeConverters.createToCatalystConverter(schema).apply(row));
            }
        } finally {
            writer.close();
        }
    }
}
