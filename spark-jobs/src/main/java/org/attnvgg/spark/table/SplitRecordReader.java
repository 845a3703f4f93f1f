package org.attnvgg.spark.table;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.apache.hadoop.mapreduce.InputSplit;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.spark.sql.catalyst.util.RebaseDateTime.RebaseSpec;
import org.apache.spark.sql.execution.datasources.parquet.SpecificParquetRecordReaderBase;
import org.apache.spark.sql.execution.datasources.parquet.VectorizedParquetRecordReader;
import scala.Option;

/**
 * Spark's vectorized reader of a Parquet file, given {@link PlainPages}. Where Spark's reader takes its row groups from is
 * known to its own package only, so this reaches it by reflection.
 */
final class SplitRecordReader extends VectorizedParquetRecordReader {

    private static final Field ROW_GROUPS = field();

    /** As Spark's: by which calendars times were written, whether vectors lie off the heap, and how many rows they hold. */
    SplitRecordReader(RebaseSpec datetime, RebaseSpec int96, boolean offHeap, int capacity) {
        super(
                null,
                datetime.mode().toString(),
                datetime.timeZone(),
                int96.mode().toString(),
                int96.timeZone(),
                offHeap,
                capacity);
    }

    private static Field field() {
        try {
            Field field = SpecificParquetRecordReaderBase.class.getDeclaredField("reader");
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException("not the Spark this was built for: expected 3.5", e);
        }
    }

    @Override
    public void initialize(InputSplit split, TaskAttemptContext context, Option<ParquetMetadata> footer)
            throws IOException, InterruptedException {
        super.initialize(split, context, footer);
        try {
            ROW_GROUPS.set(this, plain(ROW_GROUPS.get(this)));
        } catch (IllegalAccessException e) {
            throw new AssertionError("the field was made accessible", e);
        }
    }

    private static Object plain(Object rowGroups) {
        Class<?> type = ROW_GROUPS.getType();
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            method.setAccessible(true);
            try {
                Object result = method.invoke(rowGroups, arguments);
                return result instanceof PageReadStore pages ? new PlainPages(pages) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }
}
