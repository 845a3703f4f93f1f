package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.sql.SqlJob;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables whose floats an earlier version of this program wrote in the encoding BYTE_STREAM_SPLIT, and each job that reads them. */
class EarlierEncodingIT {

    private static final String VECTORIZED = "spark.sql.parquet.enableVectorizedReader";
    private static final String REMEDY =
            ".zstd.parquet was written by an earlier version in the encoding BYTE_STREAM_SPLIT:"
                    + " give the job the setting spark.sql.parquet.enableVectorizedReader=false, or score the images again";

    @TempDir
    private static Path folder;

    private static SmallArchive archive;

    private final SparkSession spark = LocalSpark.session();

    @BeforeAll
    static void scoreAndRewrite() throws IOException {
        archive = SmallArchive.in(folder);
        archive.rescore();
        for (String table : List.of(ScoreTables.PREDICTIONS, ScoreTables.ATTENTION)) {
            try (Stream<Path> files = Files.walk(Path.of(archive.tables(), table))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".parquet"))
                        .toList()) {
                    rewrite(file);
                }
            }
        }
    }

    @AfterEach
    void readInBatchesAgain() {
        spark.conf().set(VECTORIZED, true);
    }

    /** The same rows with floats in that encoding. */
    private static void rewrite(Path file) throws IOException {
        Configuration hadoop = new Configuration();
        var source = new org.apache.hadoop.fs.Path(file.toUri());
        Path rewritten = file.resolveSibling(".rewritten");
        try (ParquetReader<Group> reader =
                        ParquetReader.builder(new GroupReadSupport(), source).build();
                ParquetWriter<Group> writer = ExampleParquetWriter.builder(
                                new org.apache.hadoop.fs.Path(rewritten.toUri()))
                        .withType(schema(file, hadoop))
                        .withCompressionCodec(CompressionCodecName.ZSTD)
                        .withByteStreamSplitEncoding(true)
                        .build()) {
            for (Group row = reader.read(); row != null; row = reader.read()) {
                writer.write(row);
            }
        }
        Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
        Files.deleteIfExists(rewritten.resolveSibling("." + rewritten.getFileName() + ".crc"));
        Files.move(rewritten, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static MessageType schema(Path file, Configuration hadoop) throws IOException {
        try (ParquetFileReader reader =
                ParquetFileReader.open(HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), hadoop))) {
            return reader.getFileMetaData().getSchema();
        }
    }

    private void sql(String query) {
        run("sql.tables", archive.tables(), "sql.query", query);
    }

    private void run(Object... settings) {
        new SqlJob(new JobContext(spark, LocalSpark.settings(settings), false)).run();
    }

    private void report() {
        var settings = LocalSpark.settings("report.tables", archive.tables(), "report.out", folder + "/report");
        new ReportJob(new JobContext(spark, settings, true)).run();
    }

    private ScoreStore store() {
        return ScoreStores.parquet(spark, archive.tables());
    }

    @Test
    void sqlNamesTheFileAndBothWaysOutAndReadsOtherColumns() {
        sql("SELECT image_id, label FROM predictions");
        assertThatThrownBy(() -> sql("SELECT logit FROM predictions"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("this statement failed:\nSELECT logit FROM predictions\nfile:")
                .hasMessageContaining("/tables/predictions/")
                .hasMessageEndingWith(REMEDY);
        assertThatThrownBy(() -> sql("SELECT pool4 FROM attention"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("/tables/attention/")
                .hasMessageEndingWith(REMEDY);
    }

    @Test
    void theReportNamesTheFileAndBothWaysOut() {
        assertThatThrownBy(this::report)
                .satisfies(e -> assertThat(JobException.in(e))
                        .get()
                        .asString()
                        .contains("/tables/predictions/")
                        .endsWith(REMEDY));
    }

    @Test
    void withTheSettingThatTheErrorNamesTheyAreRead() {
        spark.conf().set(VECTORIZED, false);
        sql("SELECT logit, pool3 FROM predictions JOIN attention USING (run_id, image_uri)");
        Dataset<Row> predictions = store().read(ScoreTables.PREDICTIONS);
        assertThat(predictions
                        .where("abs(probability - 1 / (1 + exp(-logit))) < 1e-6")
                        .count())
                .isEqualTo(predictions.count())
                .isPositive();
    }

    @Test
    void rescoreNeedsNoFloatsAndGoesOnWithoutScoringAgain() throws IOException {
        archive.image("ward2/P6", 6);
        archive.rescore();
        assertThat(store().damages()).isEmpty();
        assertThat(store().read(ScoreTables.PREDICTIONS).count()).isEqualTo(7);
        assertThat(store().read(ScoreTables.RUNS).select("planned").collectAsList())
                .extracting(row -> row.getLong(0))
                .containsExactlyInAnyOrder(6L, 1L);
    }

    @Test
    void theFilesOfTheseTestsHaveThatEncoding() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(archive.tables(), ScoreTables.ATTENTION))) {
            Path file = files.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            try (ParquetFileReader reader = ParquetFileReader.open(
                    HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))) {
                assertThat(reader.getFooter().getBlocks().get(0).getColumns())
                        .anySatisfy(column -> assertThat(column.getEncodings()).contains(Encoding.BYTE_STREAM_SPLIT));
            }
        }
    }
}
