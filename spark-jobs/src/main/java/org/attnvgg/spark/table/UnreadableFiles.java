package org.attnvgg.spark.table;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.nio.channels.ClosedByInterruptException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.parquet.column.Encoding;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.SchemaColumnConvertNotSupportedException;
import org.attnvgg.spark.job.JobException;
import scala.Function1;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/**
 * A reader of Parquet files whose errors name the file and say what to do. Spark and Parquet name no file where a later page is
 * damaged, and no way out where a file has an encoding that Spark does not read.
 */
final class UnreadableFiles extends AbstractFunction1<PartitionedFile, Iterator<InternalRow>> implements Serializable {

    private static final long serialVersionUID = 1;

    private static final Pattern RUN_ID = Pattern.compile("/" + ScoreTables.RUN_ID + "=([^/]+)/");

    /** What earlier versions wrote by default, and Spark 3.5 reads row by row only. */
    private static final String BYTE_STREAM_SPLIT =
            " was written by an earlier version in the encoding BYTE_STREAM_SPLIT: give the job the setting"
                    + " spark.sql.parquet.enableVectorizedReader=false, or score the images again";

    private final Function1<PartitionedFile, Iterator<InternalRow>> reader;

    /** A reader around that one. */
    UnreadableFiles(Function1<PartitionedFile, Iterator<InternalRow>> reader) {
        this.reader = reader;
    }

    @Override
    @SuppressWarnings("unchecked") // batches pass as rows, as they do in Spark's own reader
    public Iterator<InternalRow> apply(PartitionedFile file) {
        try {
            return (Iterator<InternalRow>) (Iterator<?>) new Rows(file, reader.apply(file));
        } catch (Exception e) { // Scala's methods throw checked exceptions without declaring them
            throw named(file, e);
        }
    }

    private static final class Rows extends AbstractIterator<Object> implements Closeable {

        private final PartitionedFile file;
        private final Iterator<?> rows;

        Rows(PartitionedFile file, Iterator<?> rows) {
            this.file = file;
            this.rows = rows;
        }

        @Override
        public boolean hasNext() {
            try {
                return rows.hasNext();
            } catch (Exception e) {
                throw named(file, e);
            }
        }

        @Override
        public Object next() {
            try {
                return rows.next();
            } catch (Exception e) {
                throw named(file, e);
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
    private static RuntimeException named(PartitionedFile file, Exception e) {
        boolean known = e instanceof FileNotFoundException
                || e instanceof InterruptedIOException
                || e instanceof InterruptedException
                || e instanceof ClosedByInterruptException
                || e instanceof TaskKilledException
                || e instanceof SchemaColumnConvertNotSupportedException
                || e instanceof JobException;
        if (known) {
            return thrown(e);
        }
        String reason = Checksums.reason(e);
        if (reason.contains(Encoding.BYTE_STREAM_SPLIT.name())) {
            return new JobException(file.filePath() + BYTE_STREAM_SPLIT, e);
        }
        return new JobException(
                "%s is damaged (%s): bring it back from a copy, or set its run aside with 'attnvgg repair%s'"
                        .formatted(file.filePath(), reason, run(file.filePath().toString())),
                e);
    }

    private static String run(String path) {
        Matcher runId = RUN_ID.matcher(path);
        String tables = " rescore.tables=" + path.replaceFirst("/(predictions|attention|rejects|runs)/.*", "");
        return runId.find() ? tables + " repair.run=" + runId.group(1) : tables;
    }

    @SuppressWarnings("unchecked") // throws what Scala would, declared or not
    private static <E extends Exception> RuntimeException thrown(Exception e) throws E {
        throw (E) e;
    }
}
