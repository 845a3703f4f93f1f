package org.attnvgg.spark.it;

import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.RgbImage;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.sql.ArgumentException;
import org.attnvgg.spark.sql.AttnVggExtensions;
import org.attnvgg.spark.sql.ScoreViews;
import org.attnvgg.spark.sql.SqlJob;
import org.attnvgg.spark.table.ScoreStores;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQL over an archive that two models have scored, with one reject. */
class SqlIT {

    @TempDir
    private static Path folder;

    private static SmallArchive archive;

    @BeforeAll
    static void scoreTwice() throws IOException {
        archive = SmallArchive.in(folder);
        Files.writeString(archive.file("bad.jpg"), "no image");
        archive.rescore("score.max-reject-fraction", 1);
        archive.model("newer", 2);
        archive.rescore("score.model", folder + "/newer", "score.max-reject-fraction", 1);
    }

    @BeforeEach
    void registerViews() {
        ScoreViews.register(LocalSpark.session(), ScoreStores.parquet(LocalSpark.session(), archive.tables())::read);
    }

    private static List<Row> sql(String query) {
        return LocalSpark.session().sql(query).collectAsList();
    }

    @Test
    void theLatestPredictionOfEachImageIsTheNewestModels() {
        assertThat(sql("SELECT image_id, model_version FROM latest_predictions"))
                .hasSize(6)
                .allSatisfy(row -> assertThat(row.getString(1)).isEqualTo("v2"));
    }

    @Test
    void driftIsTheChangeBetweenSuccessiveScoresOfAnImage() {
        List<Row> drift = sql("SELECT d.*, p.probability AS newer, o.probability AS older FROM score_drift d"
                + " JOIN predictions p ON p.image_uri = d.image_uri AND p.model_version = 'v2'"
                + " JOIN predictions o ON o.image_uri = d.image_uri AND o.model_version = 'v1'");
        assertThat(drift).hasSize(6).allSatisfy(row -> {
            assertThat(row.<Float>getAs("change")).isEqualTo(row.<Float>getAs("newer") - row.<Float>getAs("older"));
            assertThat(row.<Boolean>getAs("picture_changed")).isFalse();
        });
        Row summary = sql("SELECT * FROM score_drift_summary").get(0);
        assertThat(summary.<Long>getAs("images")).isEqualTo(6);
        assertThat(summary.<String>getAs("previous_model_version")).isEqualTo("v1");
    }

    @Test
    void rejectsAndRunsAreSummedUp() {
        Row rejects = sql("SELECT * FROM reject_summary").get(0);
        assertThat(rejects.<String>getAs("reason")).isEqualTo("not-an-image");
        assertThat(rejects.<Long>getAs("rejects")).isEqualTo(2);
        assertThat(rejects.<Long>getAs("images")).isEqualTo(1);
        assertThat(sql("SELECT planned, scored, rejected FROM run_history"))
                .hasSize(2)
                .allSatisfy(row -> assertThat(row.getLong(0)).isEqualTo(7));
    }

    @Test
    void functionsSayTheSameAsTheTablesColumns() {
        List<Row> rows =
                sql("SELECT attention_peak(pool3, pool3_width) AS peak, pool3_peak, pool3_peak_x, pool3_peak_y,"
                        + " attention_at(pool3, pool3_width, pool3_peak_x, pool3_peak_y) AS at_peak,"
                        + " attention_entropy(pool3) AS entropy, pool3_entropy,"
                        + " attention_area(pool3, 0.5) AS area, pool3_area,"
                        + " attention_centroid(pool3, pool3_width) AS centroid, pool3_centroid_x, pool3_centroid_y"
                        + " FROM attention");
        assertThat(rows).hasSize(12).allSatisfy(row -> {
            Row peak = row.getAs("peak");
            assertThat(peak.getFloat(0))
                    .isEqualTo(row.<Float>getAs("pool3_peak"))
                    .isEqualTo(row.<Float>getAs("at_peak"));
            assertThat(peak.getDouble(1)).isCloseTo(row.<Float>getAs("pool3_peak_x"), within(1e-6));
            assertThat(peak.getDouble(2)).isCloseTo(row.<Float>getAs("pool3_peak_y"), within(1e-6));
            assertThat(row.<Double>getAs("entropy")).isCloseTo(row.<Float>getAs("pool3_entropy"), within(1e-5));
            assertThat(row.<Double>getAs("area")).isCloseTo(row.<Float>getAs("pool3_area"), within(1e-6));
            Row centroid = row.getAs("centroid");
            assertThat(centroid.getDouble(0)).isCloseTo(row.<Float>getAs("pool3_centroid_x"), within(1e-5));
            assertThat(centroid.getDouble(1)).isCloseTo(row.<Float>getAs("pool3_centroid_y"), within(1e-5));
        });
    }

    @Test
    void mapsAreScaledAndComparedAsWrittenDown() {
        String map = "array(float(0), float(1), float(2), float(3))";
        Row row = sql("SELECT attention_upsample(" + map + ", 2, 4, 2) AS large, attention_region(" + map
                        + ", 0.5) AS region,"
                        + " attention_jaccard(array(float(1), float(0)), array(float(1), float(1))) AS jaccard,"
                        + " attention_dice(array(float(1), float(0)), array(float(1), float(1))) AS dice,"
                        + " attention_at(" + map + ", 2, 1.0, 0.0) AS corner, attention_at(" + map
                        + ", 2, 1.5, 0.0) AS outside,"
                        + " attention_entropy(array(float(2), float(2))) AS even, attention_area(NULL, 0.5) AS nothing")
                .get(0);
        assertThat(row.<Object>getList(0)).isEqualTo(List.of(0f, 0.25f, 0.75f, 1f, 2f, 2.25f, 2.75f, 3f));
        assertThat(row.<Object>getList(1)).isEqualTo(List.of(0f, 0f, 0f, 1f));
        assertThat(row.getDouble(2)).isEqualTo(0.5);
        assertThat(row.getDouble(3)).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(row.getFloat(4)).isEqualTo(1f);
        assertThat(row.isNullAt(5)).isTrue();
        assertThat(row.getDouble(6)).isCloseTo(Math.log(2), within(1e-12));
        assertThat(row.isNullAt(7)).isTrue();
        assertThatThrownBy(() -> sql("SELECT attention_dice(" + map + ", array(float(1)))"))
                .hasRootCauseMessage("attention_dice: maps of 4 and of 1 values; expected two of one size, to which"
                        + " attention_upsample brings them");
        assertThatThrownBy(() -> sql("SELECT attention_at(1)"))
                .hasMessageContaining("attention_at takes 4 arguments (map, width, x, y), not 1");
    }

    @Test
    void overlaysAndMasksComeFromTheBytesOfImages() throws Exception {
        LocalSpark.session()
                .read()
                .format("binaryFile")
                .option("recursiveFileLookup", "true")
                .load(folder + "/archive")
                .createOrReplaceTempView("files");
        List<Row> rows = sql("SELECT attention_overlay(content, pool4, pool4_width) AS png,"
                + " attention_mask(content, pool4_width) AS mask FROM attention JOIN files ON image_uri = path");
        assertThat(rows).hasSize(12);
        RgbImage overlay = new ImageDecoder(new ImageLimits(1, 1_000_000))
                .decode(rows.get(0).<byte[]>getAs("png"));
        assertThat(overlay.width()).isEqualTo(224);
        assertThat(rows.get(0).getList(1)).hasSize(4);
        Row none = sql("SELECT attention_overlay(content, array(float(1)), 1) FROM files WHERE path LIKE '%bad.jpg'")
                .get(0);
        assertThat(none.isNullAt(0)).isTrue();
    }

    @Test
    void sqlAndExpressionsAndViewsCastArgumentsAndRefuseThemInOneSentence() {
        SparkSession spark = LocalSpark.session();
        String image = "binaryFile.`" + folder + "/archive/bad.jpg`";
        assertThat(sql("SELECT attention_area(array(1.5, 2.5D, 0), '0.5')")
                        .get(0)
                        .getDouble(0))
                .isCloseTo(1 / 3.0, within(1e-12));
        assertThatThrownBy(() -> sql("SELECT attention_mask(content, 1000000) FROM " + image))
                .hasRootCauseMessage("attention_mask: width 1000000; expected 1 to 4096");
        assertThatThrownBy(() -> sql("SELECT attention_overlay(content, array(1.0f), 28) FROM " + image))
                .hasRootCauseMessage(
                        "attention_overlay: map of 1 values with width 28; expected 1 to 4096 rows of 28" + " values");
        assertThatThrownBy(() -> spark.table("attention")
                        .select(expr("attention_at(pool3, pool3_width + 1, 0.5, 0.5)"))
                        .collectAsList())
                .rootCause()
                .isInstanceOf(ArgumentException.class)
                .hasMessageStartingWith("attention_at: map of ");
        spark.sql("CREATE OR REPLACE TEMP VIEW focus AS SELECT attention_entropy(pool3) AS e, attention_entropy(pool4)"
                + " AS f FROM attention GROUP BY attention_entropy(pool3), attention_entropy(pool4)");
        assertThat(sql("SELECT e FROM focus WHERE e IS NOT NULL")).isNotEmpty();
        assertThat(spark.sql("SELECT attention_area(pool4, 0.5) FROM attention").columns())
                .containsExactly("attention_area(pool4, 0.5)");
        assertThat(sql("DESCRIBE FUNCTION attention_mask").toString())
                .contains("attention_mask(image, width) - a segm");
    }

    @Test
    void anySessionGetsTheFunctionsByTheExtension() {
        SparkSession ours = LocalSpark.session();
        SparkSession.clearActiveSession();
        SparkSession.clearDefaultSession();
        try {
            SparkSession theirs = SparkSession.builder()
                    .withExtensions(new AttnVggExtensions())
                    .getOrCreate();
            assertThat(theirs).isNotSameAs(ours);
            assertThat(theirs.sql("SELECT attention_dice(array(float(1)), array(float(1)))")
                            .head()
                            .getDouble(0))
                    .isEqualTo(1);
        } finally {
            SparkSession.setActiveSession(ours);
            SparkSession.setDefaultSession(ours);
        }
    }

    @Test
    void everyExampleQueryRuns() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("../conf/sql"))) {
            List<Path> examples = files.sorted().toList();
            assertThat(examples).hasSizeGreaterThanOrEqualTo(5);
            for (Path example : examples) {
                for (String statement :
                        Files.readString(example).replaceFirst(";\\s*$", "").split(";\\s*\n", -1)) {
                    assertThat(sql(statement)).as(example.toString()).isNotEmpty();
                }
            }
        }
    }

    @Test
    void theJobRunsStatementsAndNamesTheOneThatFails() {
        String tables = archive.tables();
        run("sql.tables", tables, "sql.query", "SELECT count(*) FROM predictions; SELECT 1");
        run("sql.tables", tables, "sql.query", "SELECT pool3 FROM parquet.`" + tables + "/attention`");
        run("sql.tables", tables, "sql.query", "SELECT logit FROM parquet.`" + tables + "/predictions`");
        assertThatThrownBy(() -> run("sql.tables", tables, "sql.query", "SELECT 1; SELECT nothing FROM runs"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("this statement failed:\nSELECT nothing FROM runs")
                .hasMessageContaining("`nothing` cannot be resolved");
        String image = "SELECT attention_mask(content, 0) FROM binaryFile.`" + folder + "/archive/bad.jpg`";
        assertThatThrownBy(() -> run("sql.tables", tables, "sql.query", image))
                .isInstanceOf(JobException.class)
                .hasMessage("this statement failed:\n" + image + "\nattention_mask: width 0; expected 1 to 4096");
        assertThatThrownBy(() -> run("sql.tables", folder + "/archive"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("no table runs there");
    }

    private static void run(Object... settings) {
        new SqlJob(new JobContext(LocalSpark.session(), LocalSpark.settings(settings), false)).run();
    }

    @Test
    void everyQueryOfTheDocumentsRuns() throws IOException, SQLException {
        List<String> queries = Documents.queries();
        assertThat(queries).hasSizeGreaterThan(3);
        for (String query : queries) {
            String here = query.replace("out/tables", archive.tables())
                    .replaceAll("images/\\w+\\.jpg", folder + "/archive/bad.jpg");
            if (!here.contains("DuckDB")) {
                sql(here);
                continue;
            }
            try (Connection duckDb = DriverManager.getConnection("jdbc:duckdb:")) {
                duckDb.createStatement().execute(here);
            }
        }
    }

    @Test
    void duckDbReadsTheSameRowsByTheDocumentedPath() throws SQLException {
        String query = "SELECT count(*) AS n, sum(CAST(probability AS DOUBLE)) AS total, sum(len(pool4)) AS cells FROM"
                + " read_parquet('%1$s/predictions/**/*.parquet', hive_partitioning = true) AS p JOIN"
                + " read_parquet('%1$s/attention/**/*.parquet', hive_partitioning = true) AS a USING (run_id, image_uri)"
                + " WHERE run_id IN (SELECT run_id FROM read_parquet('%1$s/runs/*.parquet') AS r)";
        Row spark = sql("SELECT count(*), sum(CAST(probability AS DOUBLE)), sum(size(pool4)) FROM predictions"
                        + " JOIN attention USING (run_id, image_uri)")
                .get(0);
        try (Connection duckDb = DriverManager.getConnection("jdbc:duckdb:");
                ResultSet result = duckDb.createStatement().executeQuery(query.formatted(archive.tables()))) {
            assertThat(result.next()).isTrue();
            assertThat(result.getLong("n")).isEqualTo(spark.getLong(0)).isEqualTo(12);
            assertThat(result.getDouble("total")).isCloseTo(spark.getDouble(1), within(1e-9));
            assertThat(result.getLong("cells")).isEqualTo(spark.getLong(2));
        }
    }
}
