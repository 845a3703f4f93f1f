package org.attnvgg.spark.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.PrimitiveIterator;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.BytesUtils;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** A row group's pages, those in BYTE_STREAM_SPLIT as if they were PLAIN; the others as they are. */
record PlainPages(PageReadStore pages) implements PageReadStore {

    @Override
    public long getRowCount() {
        return pages.getRowCount();
    }

    @Override
    public Optional<Long> getRowIndexOffset() {
        return pages.getRowIndexOffset();
    }

    @Override
    public Optional<PrimitiveIterator.OfLong> getRowIndexes() {
        return pages.getRowIndexes();
    }

    @Override
    public PageReader getPageReader(ColumnDescriptor column) {
        return new Column(column, pages.getPageReader(column));
    }

    private record Column(ColumnDescriptor column, PageReader reader)
            implements PageReader, DataPage.Visitor<DataPage> {

        @Override
        public DictionaryPage readDictionaryPage() {
            return reader.readDictionaryPage();
        }

        @Override
        public long getTotalValueCount() {
            return reader.getTotalValueCount();
        }

        @Override
        public DataPage readPage() {
            DataPage page = reader.readPage();
            return page == null ? null : page.accept(this);
        }

        @Override
        public DataPage visit(DataPageV1 page) {
            if (page.getValueEncoding() != Encoding.BYTE_STREAM_SPLIT) {
                return page;
            }
            byte[] bytes = bytes(page.getBytes());
            int levels = afterLevels(bytes, column.getMaxRepetitionLevel(), 0);
            levels = afterLevels(bytes, column.getMaxDefinitionLevel(), levels);
            return new DataPageV1(
                    BytesInput.from(joined(bytes, levels)),
                    page.getValueCount(),
                    page.getUncompressedSize(),
                    page.getFirstRowIndex().orElse(0L),
                    page.getIndexRowCount().orElse(0),
                    page.getStatistics(),
                    page.getRlEncoding(),
                    page.getDlEncoding(),
                    Encoding.PLAIN);
        }

        /** {@link ByteStreamSplitWriter} makes none of these. */
        @Override
        public DataPage visit(DataPageV2 page) {
            return page;
        }

        /** Levels are preceded by their length in four bytes, and not there if the highest is 0. */
        private static int afterLevels(byte[] page, int highest, int at) {
            try {
                return highest == 0 ? at : at + Integer.BYTES + BytesUtils.readIntLittleEndian(page, at);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The page with the bytes of each float or double, which follow {@code from}, side by side again. */
        private byte[] joined(byte[] page, int from) {
            int size = column.getPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.DOUBLE
                    ? Double.BYTES
                    : Float.BYTES;
            int count = (page.length - from) / size;
            byte[] joined = page.clone();
            for (int b = 0; b < size; b++) {
                int in = from + b * count;
                for (int i = 0; i < count; i++) {
                    joined[from + i * size + b] = page[in + i];
                }
            }
            return joined;
        }

        private static byte[] bytes(BytesInput input) {
            try {
                return input.toByteArray();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
