package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.config.TableFormat;
import org.attnvgg.spark.config.TableLocation;
import org.attnvgg.spark.job.BusyException;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.score.HeldLock;
import org.attnvgg.spark.score.RepairJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same nights and the same tables, kept by Apache Iceberg in a local catalog. */
class IcebergIT {

    @TempDir
    private Path folder;

    private final SparkSession spark = LocalSpark.session();
    private SmallArchive archive;
    private String tables;
    private ScoreStore store;

    @BeforeEach
    void makeModelAndArchive() throws IOException {
        archive = SmallArchive.in(folder);
        tables = LocalSpark.CATALOG + ".night_" + UUID.randomUUID().toString().replace('-', '_');
        store = ScoreStores.open(spark, at(tables));
    }

    private static TableLocation at(String name) {
        return new TableLocation("rescore.tables", name, TableFormat.ICEBERG);
    }

    private Settings settings(String name) {
        return LocalSpark.settings(
                "table.format",
                "iceberg",
                "rescore.tables",
                name,
                "report.tables",
                name,
                "report.out",
                folder + "/out");
    }

    private void rescore() {
        archive.rescore("table.format", "iceberg", "rescore.tables", tables);
    }

    private List<String> ids(String table) {
        return store.read(table).select("image_id").orderBy("image_id").collectAsList().stream()
                .map(row -> row.getString(0))
                .toList();
    }

    @Test
    void everyNightAddsWhatIsNewToTablesOfTheSameColumns() throws IOException {
        rescore();
        archive.image("ward2/P6", 6);
        Files.writeString(archive.file("bad.jpg"), "no image");
        archive.rescore("table.format", "iceberg", "rescore.tables", tables, "score.max-reject-fraction", 0.5);
        rescore();
        assertThat(ids("predictions")).hasSize(7).contains("ward2/P6");
        assertThat(ids("attention")).isEqualTo(ids("predictions"));
        assertThat(ids("rejects")).containsExactly("bad", "bad");
        assertThat(store.read(ScoreTables.RUNS).count()).isEqualTo(3);
        for (String table : ScoreTables.NAMES) {
            assertThat(spark.table(tables + "." + table).schema().toDDL())
                    .isEqualTo(ScoreTables.schema(table).toDDL());
        }
    }

    @Test
    void rowsOfAnUnfinishedRunAreNoRowsAndAreClearedAway() {
        rescore();
        String runId = store.read(ScoreTables.RUNS).head().getAs("run_id");
        store.begin(runId); // as if it had been killed before its commit
        spark.sql("DELETE FROM " + tables + ".runs");
        assertThat(ids("predictions")).isEmpty();
        assertThat(ids("attention")).isEmpty();
        assertThat(store.damages()).isEmpty();
        rescore();
        assertThat(ids("predictions")).hasSize(6);
        assertThat(spark.table(tables + ".predictions").count()).isEqualTo(6);
        assertThat(spark.table(tables + ".attention").count()).isEqualTo(6);
    }

    @Test
    void aRunWhoseRowIsLostOrWhoseRowsAreStopsTheNightUntilItIsSetAside() {
        rescore();
        String runId = store.read(ScoreTables.RUNS).head().getAs("run_id");
        spark.sql("DELETE FROM " + tables + ".attention WHERE image_id = 'ward0/P0'");
        assertThatThrownBy(this::rescore)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("run " + runId + " in " + tables + " has 5 rows in attention where it wrote 6");
        spark.sql("DELETE FROM " + tables + ".runs");
        assertThatThrownBy(this::rescore)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("run " + runId + " has rows but no row in " + tables + ".runs")
                .hasMessageContaining(
                        "attnvgg repair rescore.tables=" + tables + " table.format=iceberg repair.run=" + runId);
        assertThat(spark.table(tables + ".predictions").count()).isEqualTo(6);
        var repair = LocalSpark.settings("table.format", "iceberg", "rescore.tables", tables, "repair.run", runId);
        new RepairJob(new JobContext(spark, repair, false)).run();
        assertThat(spark.table(tables + ".predictions").count()).isZero();
        rescore();
        assertThat(ids("predictions")).hasSize(6);
    }

    @Test
    void tablesOfAnOlderProgramGetTheColumnsThatTheyLack() {
        store.create();
        spark.sql("ALTER TABLE " + tables + ".runs DROP COLUMN schema_version");
        rescore();
        assertThat(store.read(ScoreTables.RUNS).collectAsList())
                .extracting(row -> row.<Integer>getAs("schema_version"))
                .containsExactly(ScoreTables.VERSION);
    }

    @Test
    void aSecondRunIsRefusedWhileTheFirstLives() {
        store.create();
        var hadoop = spark.sparkContext().hadoopConfiguration();
        try (HeldLock first = HeldLock.take(store.folder(), hadoop, "first")) {
            assertThatThrownBy(this::rescore).isInstanceOf(BusyException.class);
            first.requireHeld();
        }
    }

    @Test
    void theReportReadsThem() throws IOException {
        rescore();
        new ReportJob(new JobContext(spark, settings(tables), false)).run();
        Row run = store.read(ScoreTables.RUNS).head();
        assertThat(Files.readString(folder.resolve("out/index.html")))
                .contains("6 images scored", run.getAs("run_id"), "Most malignant");
    }

    @Test
    void scoreWritesTablesOfItsOwnAndReplacesNone() {
        ScoreJob.Result result = score();
        assertThat(result.out()).isEqualTo(tables);
        assertThat(ids("predictions")).hasSize(6).isEqualTo(ids("attention"));
        assertThat(store.read(ScoreTables.RUNS).count()).isOne();
        assertThat(store.damages()).isEmpty();
        assertThatThrownBy(this::score)
                .isInstanceOf(JobException.class)
                .hasMessage("score.out = " + tables + " has runs already, and --overwrite replaces no tables of a"
                        + " catalog: choose another namespace, or add to these tables with rescore");
        rescore();
        assertThat(ids("predictions")).as("rescore knows what score has scored").hasSize(6);
    }

    private ScoreJob.Result score() {
        Settings settings = settings(tables)
                .with(Map.of(
                        "score.model", folder + "/model", "score.images", folder + "/archive", "score.out", tables));
        return new ScoreJob(new JobContext(spark, settings, true)).run();
    }

    @Test
    void aCatalogThatSparkDoesNotKnowIsNamed() {
        assertThatThrownBy(() -> ScoreStores.open(spark, at("pond.night")))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("rescore.tables = pond.night")
                .hasMessageContaining("spark.sql.catalog.CATALOG = org.apache.iceberg.spark.SparkCatalog");
        spark.conf().set("spark.sql.catalog.puddle", "org.example.NoCatalog");
        assertThatThrownBy(() -> ScoreStores.open(spark, at("puddle.night")))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("there is no class org.example.NoCatalog; build with ./mvnw -Piceberg");
    }
}
