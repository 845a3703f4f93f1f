package org.attnvgg.spark.table;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.mapred.FileSplit;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.RebaseDateTime.RebaseSpec;
import org.apache.spark.sql.execution.datasources.DataSourceUtils;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.RecordReaderIterator;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import scala.Function1;
import scala.Option;
import scala.collection.Iterator;
import scala.collection.immutable.Map;
import scala.runtime.AbstractFunction1;

/**
 * Reads files of {@link ByteStreamSplit} in batches of rows, and plain ones as Spark does. Row groups of split files are not
 * skipped by the query's conditions, which Spark checks again on the rows.
 */
final class SplitReader extends AbstractFunction1<PartitionedFile, Iterator<InternalRow>> implements Serializable {

    private static final long serialVersionUID = 1;

    private final Function1<PartitionedFile, Iterator<InternalRow>> plain;
    private final StructType partitions;
    private final boolean returnsBatches;
    private final String datetimeMode;
    private final String int96Mode;
    private final boolean offHeap;
    private final int capacity;
    private final Broadcast<SerializableConfiguration> conf;

    /** A reader beside Spark's own for plain files, as the session and the options of the read say. */
    SplitReader(
            Function1<PartitionedFile, Iterator<InternalRow>> plain,
            StructType partitions,
            Map<String, String> options,
            SQLConf session,
            Broadcast<SerializableConfiguration> conf) {
        this.plain = plain;
        this.partitions = partitions;
        returnsBatches = options.get(FileFormat.OPTION_RETURNING_BATCH()).contains("true");
        datetimeMode = session.getConf(SQLConf.PARQUET_REBASE_MODE_IN_READ());
        int96Mode = session.getConf(SQLConf.PARQUET_INT96_REBASE_MODE_IN_READ());
        offHeap = session.offHeapColumnVectorEnabled();
        capacity = session.parquetVectorizedReaderBatchSize();
        this.conf = conf;
    }

    @Override
    public Iterator<InternalRow> apply(PartitionedFile file) {
        Configuration hadoop = conf.value().value();
        try {
            ParquetMetadata footer = footer(file, hadoop);
            return isSplit(footer) ? split(file, footer, hadoop) : plain.apply(file);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file.filePath(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while reading " + file.filePath(), e);
        }
    }

    private static ParquetMetadata footer(PartitionedFile file, Configuration hadoop) throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromPath(file.toPath(), hadoop))) {
            return reader.getFooter();
        }
    }

    private static boolean isSplit(ParquetMetadata footer) {
        return footer.getBlocks().stream()
                .flatMap(rowGroup -> rowGroup.getColumns().stream())
                .anyMatch(column -> column.getEncodings().contains(Encoding.BYTE_STREAM_SPLIT));
    }

    @SuppressWarnings("unchecked") // batches pass as rows, as they do in Spark's own reader
    private Iterator<InternalRow> split(PartitionedFile file, ParquetMetadata footer, Configuration hadoop)
            throws IOException, InterruptedException {
        Function1<String, String> written = new AbstractFunction1<>() {
            @Override
            public String apply(String key) {
                return footer.getFileMetaData().getKeyValueMetaData().get(key);
            }
        };
        RebaseSpec datetime = DataSourceUtils.datetimeRebaseSpec(written, datetimeMode);
        RebaseSpec int96 = DataSourceUtils.int96RebaseSpec(written, int96Mode);
        SplitRecordReader reader = new SplitRecordReader(datetime, int96, offHeap, capacity);
        RecordReaderIterator<Object> rows = new RecordReaderIterator<>(reader);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> rows.close());
        // It reads the footer itself, to take this part's row groups alone.
        reader.initialize(
                new FileSplit(file.toPath(), file.start(), file.length(), new String[0]),
                new TaskAttemptContextImpl(hadoop, new TaskAttemptID()),
                Option.empty());
        reader.initBatch(partitions, file.partitionValues());
        if (returnsBatches) {
            reader.enableReturningBatches();
        }
        return (Iterator<InternalRow>) (Iterator<?>) rows;
    }
}
