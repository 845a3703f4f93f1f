package org.attnvgg.spark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.LocalSpark;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Floats whose bytes of the same significance lie side by side. */
class ByteStreamSplitTest {

    private static final String FORMAT = ByteStreamSplit.class.getName();

    private final SparkSession spark = LocalSpark.session().newSession();

    @TempDir
    private Path temporary;

    private String folder;
    private Dataset<Row> rows;

    @BeforeEach
    void write() {
        folder = temporary.resolve("table").toString();
        rows = spark.range(2000)
                .selectExpr(
                        "CAST(id AS STRING) AS name",
                        "CAST(sin(id) AS FLOAT) AS peak",
                        "transform(sequence(1, 9), i -> CAST(0.5 + cos(id + i / 10) / 8 AS FLOAT)) AS map",
                        "IF(id % 3 = 0, NULL, CAST(log(id) AS FLOAT)) AS known",
                        "IF(id % 2 = 0, NULL, sqrt(id)) AS precise",
                        "IF(id % 5 = 0, NULL, transform(sequence(0, id % 4), i -> IF(i = 1, NULL, CAST(id AS FLOAT) / i))) AS part",
                        "timestamp_millis(id * 1000003) AS at",
                        "id % 2 AS half")
                .coalesce(1);
        // Several pages in a column.
        rows.write().option("parquet.page.size", 4096).format(FORMAT).save(folder);
    }

    private List<ColumnChunkMetaData> columns() {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            Path file = files.filter(path -> path.toString().endsWith(".zstd.parquet"))
                    .findAny()
                    .orElseThrow();
            try (ParquetFileReader reader = ParquetFileReader.open(
                    HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))) {
                return reader.getFooter().getBlocks().get(0).getColumns();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void floatsAloneAreSplitAndAllIsZstd() {
        Set<String> split = columns().stream()
                .filter(column -> column.getEncodings().contains(Encoding.BYTE_STREAM_SPLIT))
                .map(column -> column.getPath().toDotString())
                .collect(Collectors.toSet());
        assertThat(split)
                .containsExactlyInAnyOrder("peak", "map.list.element", "known", "precise", "part.list.element");
        assertThat(columns()).extracting(ColumnChunkMetaData::getCodec).containsOnly(CompressionCodecName.ZSTD);
    }

    @Test
    void mapsTakeLessRoom() {
        long split = columns().get(2).getTotalSize();
        rows.write().mode(SaveMode.Overwrite).parquet(folder);
        assertThat(split).isLessThan(columns().get(2).getTotalSize());
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, false"})
    void itIsReadAsItWasWritten(boolean vectorized, boolean generatedCode) {
        spark.conf().set("spark.sql.parquet.enableVectorizedReader", vectorized);
        spark.conf().set("spark.sql.codegen.wholeStage", generatedCode);
        assertThat(read().exceptAll(rows).count()).isZero();
        assertThat(rows.exceptAll(read()).count()).isZero();
        assertThat(read().where("name = '7' AND peak > 0").count()).isOne();
        assertThat(read().where("known IS NULL").count()).isEqualTo(667);
    }

    @Test
    void itIsReadInBatches() {
        assertThat(read().queryExecution().executedPlan().toString()).contains("Batched: true");
    }

    @Test
    void partitionsAndColumnsThatAFileLacksAreAsInAnyParquet() {
        rows.write().mode(SaveMode.Overwrite).format(FORMAT).partitionBy("half").save(folder);
        Dataset<Row> wider = spark.read()
                .format(FORMAT)
                .schema(rows.schema().add("later", "float"))
                .load(folder)
                .where("half = 1");
        assertThat(wider.drop("later").exceptAll(rows.where("half = 1")).count())
                .isZero();
        assertThat(wider.where("later IS NULL AND peak IS NOT NULL").count()).isEqualTo(1000);
    }

    private Dataset<Row> read() {
        return spark.read().format(FORMAT).load(folder);
    }

    @Test
    void plainFilesBesideItAreReadToo() {
        rows.write().mode(SaveMode.Append).parquet(folder);
        assertThat(read().exceptAll(rows).count()).isEqualTo(2000);
        assertThat(read().exceptAll(rows.union(rows)).count()).isZero();
    }

    @Test
    void sparksDefaultReaderStillRefusesIt() {
        assertThatThrownBy(() -> spark.read().parquet(folder).collectAsList())
                .as("Spark reads the encoding now? Then this format is for writing only")
                .rootCause()
                .hasMessageContaining("BYTE_STREAM_SPLIT");
    }

    @Test
    void sparksOtherReaderTakesIt() {
        spark.conf().set("spark.sql.parquet.enableVectorizedReader", false);
        assertThat(spark.read().parquet(folder).exceptAll(rows).count()).isZero();
    }
}
