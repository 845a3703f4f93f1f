package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.data.ManifestTable;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.prepare.MarkingRejectsTable;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every table that the program writes, read by Spark and DuckDB as they come, which know nothing of the program. */
class StockReadersIT {

    @TempDir
    private static Path folder;

    private static final SparkSession SPARK = LocalSpark.session();

    /** What the program's own reader finds, by the table's folder: first the columns, then the rows. */
    private static final Map<String, List<String>> WRITTEN = new LinkedHashMap<>();

    @BeforeAll
    static void runTheJobsThatWriteTables() throws IOException {
        SmallArchive archive = SmallArchive.in(folder);
        score();
        prepare();
        Files.writeString(archive.file("bad.jpg"), "no image");
        archive.rescore("score.max-reject-fraction", 1);
        archive.model("newer", 2);
        archive.rescore("score.model", folder + "/newer", "score.max-reject-fraction", 1);
        for (String tables : List.of(archive.tables(), folder + "/scores")) {
            ScoreStore store = ScoreStores.parquet(SPARK, tables);
            ScoreTables.NAMES.forEach(table -> WRITTEN.put(tables + "/" + table, TextRows.of(store.read(table))));
        }
        for (String table : List.of(ManifestTable.NAME, MarkingRejectsTable.NAME)) {
            String path = folder + "/prepared/" + table;
            WRITTEN.put(path, TextRows.of(SPARK.read().parquet(path)));
        }
    }

    /** Of images that are all scored. */
    private static void score() {
        var settings = LocalSpark.settings(
                "score.model", folder + "/model",
                "score.images", folder + "/archive",
                "score.out", folder + "/scores");
        new ScoreJob(new JobContext(SPARK, settings, false)).run();
    }

    private static void prepare() throws IOException {
        Path marking = Files.write(
                folder.resolve("marking.csv"), List.of("image_id,target,patient", "P0,1,a", "P1,0,b", "P2,maybe,c"));
        var settings = LocalSpark.settings(
                "prepare.marking",
                marking,
                "prepare.images",
                folder + "/archive",
                "prepare.out",
                folder + "/prepared",
                "prepare.negatives",
                "all",
                "prepare.group-column",
                "patient");
        new PrepareJob(new JobContext(SPARK, settings, false)).run();
    }

    @Test
    void theTablesHaveTheRowsThatTheJobsWrote() {
        assertThat(WRITTEN.values())
                .extracting(lines -> lines.size() - 1)
                .containsExactly(12, 12, 2, 2, 6, 6, 0, 1, 2, 1);
    }

    @Test
    void sparkReadsTheSameRowsFromEveryTable() throws Exception {
        assertThat(StockSpark.read(folder, List.copyOf(WRITTEN.keySet()))).containsExactlyInAnyOrderEntriesOf(WRITTEN);
    }

    @Test
    void duckDbReadsTheSameRowsFromEveryTable() throws Exception {
        try (Connection duckDb = DriverManager.getConnection("jdbc:duckdb:")) {
            for (Map.Entry<String, List<String>> table : WRITTEN.entrySet()) {
                String query = "SELECT * FROM read_parquet('%s/**/*.parquet', hive_partitioning = true)";
                try (ResultSet rows = duckDb.createStatement().executeQuery(query.formatted(table.getKey()))) {
                    assertThat(TextRows.of(rows)).as(table.getKey()).isEqualTo(table.getValue());
                }
            }
        }
    }

    @Test
    void allFilesAreZstd() throws IOException {
        List<ColumnChunkMetaData> columns = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".parquet")).toList()) {
                try (ParquetFileReader reader = ParquetFileReader.open(
                        HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))) {
                    reader.getFooter().getBlocks().forEach(rowGroup -> columns.addAll(rowGroup.getColumns()));
                }
            }
        }
        assertThat(columns)
                .isNotEmpty()
                .extracting(ColumnChunkMetaData::getCodec)
                .containsOnly(CompressionCodecName.ZSTD);
    }
}
