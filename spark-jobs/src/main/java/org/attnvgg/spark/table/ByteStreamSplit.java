package org.attnvgg.spark.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import scala.Function1;
import scala.collection.Iterator;
import scala.collection.Seq;
import scala.collection.immutable.Map;
import scala.runtime.AbstractFunction1;

/**
 * Spark's Parquet, with floats written in the encoding BYTE_STREAM_SPLIT, which puts bytes of the same significance side by
 * side, so that they compress. Spark's own format has no setting for it, and its vectorized reader refuses it; this takes the
 * other one, which reads row by row, for files that have it. Other files are read as ever.
 *
 * @see <a href="https://parquet.apache.org/docs/file-format/data-pages/encodings/">Parquet's encodings</a>
 */
public final class ByteStreamSplit extends ParquetFileFormat {

    private static final long serialVersionUID = 1;

    /** Files are read by either reader: rows are what both give. */
    @Override
    public boolean supportBatch(SparkSession spark, StructType schema) {
        return false;
    }

    @Override
    public Function1<PartitionedFile, Iterator<InternalRow>> buildReaderWithPartitionValues(
            SparkSession spark,
            StructType data,
            StructType partitions,
            StructType required,
            Seq<Filter> filters,
            Map<String, String> options,
            Configuration conf) {
        SparkSession rowByRow = spark.cloneSession();
        rowByRow.conf().set(SQLConf.PARQUET_VECTORIZED_READER_ENABLED().key(), false);
        return new Reader(
                super.buildReaderWithPartitionValues(spark, data, partitions, required, filters, options, conf),
                super.buildReaderWithPartitionValues(rowByRow, data, partitions, required, filters, options, conf),
                JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(new SerializableConfiguration(conf)));
    }

    @Override
    public OutputWriterFactory prepareWrite(
            SparkSession spark, Job job, Map<String, String> options, StructType schema) {
        return new Writers(super.prepareWrite(spark, job, options, schema));
    }

    private static final class Reader extends AbstractFunction1<PartitionedFile, Iterator<InternalRow>>
            implements java.io.Serializable {

        private static final long serialVersionUID = 1;

        private final Function1<PartitionedFile, Iterator<InternalRow>> vectorized;
        private final Function1<PartitionedFile, Iterator<InternalRow>> rowByRow;
        private final Broadcast<SerializableConfiguration> conf;

        Reader(
                Function1<PartitionedFile, Iterator<InternalRow>> vectorized,
                Function1<PartitionedFile, Iterator<InternalRow>> rowByRow,
                Broadcast<SerializableConfiguration> conf) {
            this.vectorized = vectorized;
            this.rowByRow = rowByRow;
            this.conf = conf;
        }

        @Override
        public Iterator<InternalRow> apply(PartitionedFile file) {
            return (isSplit(file) ? rowByRow : vectorized).apply(file);
        }

        private boolean isSplit(PartitionedFile file) {
            try (ParquetFileReader reader = ParquetFileReader.open(
                    HadoopInputFile.fromPath(file.toPath(), conf.value().value()))) {
                return reader.getFooter().getBlocks().stream()
                        .flatMap(rowGroup -> rowGroup.getColumns().stream())
                        .anyMatch(column -> column.getEncodings().contains(Encoding.BYTE_STREAM_SPLIT));
            } catch (IOException e) {
                throw new UncheckedIOException("reading the footer of " + file.filePath(), e);
            }
        }
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
