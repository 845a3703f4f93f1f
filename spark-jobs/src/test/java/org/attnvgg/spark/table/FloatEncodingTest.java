package org.attnvgg.spark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.LocalSpark;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why floats of the score tables are not byte-stream-split: analysts could not read them. */
class FloatEncodingTest {

    private static final int ROWS = 1000;
    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("message m { required float value; }");

    private final SparkSession spark = LocalSpark.session().newSession();

    @TempDir
    private java.nio.file.Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = new Path(folder.resolve("split.parquet").toUri());
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(
                        HadoopOutputFile.fromPath(file, new Configuration()))
                .withType(SCHEMA)
                .withDictionaryEncoding(false)
                .withByteStreamSplitEncoding(true)
                .build()) {
            for (int i = 0; i < ROWS; i++) {
                SimpleGroup row = new SimpleGroup(SCHEMA);
                row.add("value", i / 4f);
                writer.write(row);
            }
        }
    }

    private double sum() {
        return spark.read()
                .parquet(file.toString())
                .selectExpr("sum(value)")
                .head()
                .getDouble(0);
    }

    @Test
    void sparksDefaultReaderStillRefusesByteStreamSplit() {
        assertThatThrownBy(this::sum)
                .as("Spark reads the encoding now? Then write the tables in it, and delete this test")
                .rootCause()
                .hasMessageContaining("BYTE_STREAM_SPLIT");
    }

    @Test
    void itsOtherReaderTakesIt() {
        spark.conf().set("spark.sql.parquet.enableVectorizedReader", false);
        assertThat(sum()).isEqualTo(ROWS * (ROWS - 1) / 8.0);
    }
}
