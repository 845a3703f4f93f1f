package org.attnvgg.spark.shim;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.nio.channels.ClosedByInterruptException;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetInputFormat;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.SchemaColumnConvertNotSupportedException;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.collection.Seq;
import scala.collection.immutable.Map;
import scala.runtime.AbstractFunction1;

/** Spark's own reader of Parquet, which verifies the checksums of pages and lets a subclass say what an error means. */
public abstract class VerifiedParquet extends ParquetFileFormat {

    private static final long serialVersionUID = 1;

    /** Makes errors of a file. */
    public interface ReadErrors extends Serializable {

        /** What to throw instead of an error that Spark itself cannot deal with. */
        RuntimeException of(String file, Exception error);
    }

    /** Errors as users should see them. */
    protected abstract ReadErrors errors();

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
        return new Reader(
                super.buildReaderWithPartitionValues(spark, data, partitions, required, filters, options, conf),
                errors());
    }

    private static final class Reader extends AbstractFunction1<PartitionedFile, Iterator<InternalRow>>
            implements Serializable {

        private static final long serialVersionUID = 1;

        private final Function1<PartitionedFile, Iterator<InternalRow>> reader;
        private final ReadErrors errors;

        Reader(Function1<PartitionedFile, Iterator<InternalRow>> reader, ReadErrors errors) {
            this.reader = reader;
            this.errors = errors;
        }

        @Override
        @SuppressWarnings("unchecked") // batches pass as rows, as they do in Spark's own reader
        public Iterator<InternalRow> apply(PartitionedFile file) {
            String path = file.filePath().toString();
            try {
                return (Iterator<InternalRow>) (Iterator<?>) new Rows(path, reader.apply(file), errors);
            } catch (Exception e) { // Scala's methods throw checked exceptions without declaring them
                throw named(path, e, errors);
            }
        }
    }

    private static final class Rows extends AbstractIterator<Object> implements Closeable {

        private final String file;
        private final Iterator<?> rows;
        private final ReadErrors errors;

        Rows(String file, Iterator<?> rows, ReadErrors errors) {
            this.file = file;
            this.rows = rows;
            this.errors = errors;
        }

        @Override
        public boolean hasNext() {
            try {
                return rows.hasNext();
            } catch (Exception e) {
                throw named(file, e, errors);
            }
        }

        @Override
        public Object next() {
            try {
                return rows.next();
            } catch (Exception e) {
                throw named(file, e, errors);
            }
        }

        @Override
        public void close() throws IOException {
            if (rows instanceof Closeable open) {
                open.close();
            }
        }
    }

    /** What Spark itself knows what to do with stays as it is. */
    private static RuntimeException named(String file, Exception e, ReadErrors errors) {
        boolean known = e instanceof FileNotFoundException
                || e instanceof InterruptedIOException
                || e instanceof InterruptedException
                || e instanceof ClosedByInterruptException
                || e instanceof TaskKilledException
                || e instanceof SchemaColumnConvertNotSupportedException;
        return known ? thrown(e) : errors.of(file, e);
    }

    @SuppressWarnings("unchecked") // throws what Scala would, declared or not
    private static <E extends Exception> RuntimeException thrown(Exception e) throws E {
        throw (E) e;
    }
}
