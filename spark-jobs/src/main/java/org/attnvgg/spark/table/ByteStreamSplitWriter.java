package org.attnvgg.spark.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.parquet.ParquetWriteSupport;

/** One file of {@link ByteStreamSplit}; what the session sets for Spark's own Parquet files holds for it. */
final class ByteStreamSplitWriter extends OutputWriter {

    private final String path;
    private final ParquetWriter<InternalRow> writer;

    ByteStreamSplitWriter(String path, Configuration conf) {
        this.path = path;
        try {
            writer = new Builder(HadoopOutputFile.fromPath(new Path(path), conf))
                    .withConf(conf)
                    .withCompressionCodec(ParquetOutputFormat.getCompression(conf))
                    .withRowGroupSize(ParquetOutputFormat.getLongBlockSize(conf))
                    .withPageSize(ParquetOutputFormat.getPageSize(conf))
                    .withByteStreamSplitEncoding(true)
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException("opening " + path, e);
        }
    }

    @Override
    public void write(InternalRow row) {
        try {
            writer.write(row);
        } catch (IOException e) {
            throw new UncheckedIOException("writing " + path, e);
        }
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing " + path, e);
        }
    }

    @Override
    public String path() {
        return path;
    }

    private static final class Builder extends ParquetWriter.Builder<InternalRow, Builder> {

        Builder(OutputFile file) {
            super(file);
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        protected WriteSupport<InternalRow> getWriteSupport(Configuration conf) {
            return new ParquetWriteSupport();
        }
    }
}
