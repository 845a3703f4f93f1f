package org.attnvgg.spark.table;

import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.parquet.hadoop.ParquetInputFormat;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import scala.Function1;
import scala.collection.Iterator;
import scala.collection.Seq;
import scala.collection.immutable.Map;

/**
 * Spark's Parquet, with floats written in the encoding BYTE_STREAM_SPLIT, which puts bytes of the same significance side by
 * side, so that they compress. Spark's own format has no setting for it, and its vectorized reader refuses it; this hands that
 * reader plain pages. Other files are read as ever; of all, the pages' checksums are looked at, and errors name the file.
 *
 * @see <a href="https://parquet.apache.org/docs/file-format/data-pages/encodings/">Parquet's encodings</a>
 */
public final class ByteStreamSplit extends ParquetFileFormat {

    private static final long serialVersionUID = 1;

    /**
     * Spark's own reader, but for split files where that is the vectorized one; the other, which reads row by row, knows the
     * encoding.
     */
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
        // This also puts into conf what readers are to know.
        Function1<PartitionedFile, Iterator<InternalRow>> own =
                super.buildReaderWithPartitionValues(spark, data, partitions, required, filters, options, conf);
        boolean vectorized = supportBatch(
                spark,
                new StructType(Stream.of(required, partitions)
                        .flatMap(columns -> Arrays.stream(columns.fields()))
                        .toArray(StructField[]::new)));
        return new DamagedFiles(
                vectorized
                        ? new SplitReader(
                                own, partitions, options, spark.sessionState().conf(), broadcast(spark, conf))
                        : own);
    }

    private static Broadcast<SerializableConfiguration> broadcast(SparkSession spark, Configuration conf) {
        return JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(new SerializableConfiguration(conf));
    }

    @Override
    public OutputWriterFactory prepareWrite(
            SparkSession spark, Job job, Map<String, String> options, StructType schema) {
        return new Writers(super.prepareWrite(spark, job, options, schema));
    }

    private static final class Writers extends OutputWriterFactory {

        private static final long serialVersionUID = 1;

        private final OutputWriterFactory plain;

        Writers(OutputWriterFactory plain) {
            this.plain = plain;
        }

        @Override
        public String getFileExtension(TaskAttemptContext context) {
            return plain.getFileExtension(context);
        }

        @Override
        public OutputWriter newInstance(String path, StructType schema, TaskAttemptContext context) {
            return new ByteStreamSplitWriter(path, context.getConfiguration());
        }
    }
}
