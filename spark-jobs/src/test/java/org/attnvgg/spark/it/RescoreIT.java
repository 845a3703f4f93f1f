package org.attnvgg.spark.it;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.attnvgg.spark.config.SettingsException;
import org.attnvgg.spark.job.BusyException;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.StopSignal;
import org.attnvgg.spark.job.StoppedException;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.score.HeldLock;
import org.attnvgg.spark.score.RepairJob;
import org.attnvgg.spark.score.RescoreJob;
import org.attnvgg.spark.sql.SqlJob;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RescoreIT {

    @TempDir
    private Path folder;

    private SmallArchive archive;
    private String tables;

    @BeforeEach
    void makeModelAndArchive() throws IOException {
        archive = SmallArchive.in(folder);
        tables = archive.tables();
    }

    private void rescore(Object... more) {
        archive.rescore(more);
    }

    private List<String> ids(String table) {
        return ScoreStores.parquet(LocalSpark.session(), tables)
                .read(table)
                .select("image_id")
                .orderBy("image_id")
                .collectAsList()
                .stream()
                .map(row -> row.getString(0))
                .toList();
    }

    private List<Row> runs() {
        return ScoreStores.parquet(LocalSpark.session(), tables)
                .read(ScoreTables.RUNS)
                .orderBy("finished_at")
                .collectAsList();
    }

    @Test
    void everyNightScoresWhatIsNewOrChangedAndNothingElse() throws IOException {
        rescore();
        assertThat(ids("predictions"))
                .containsExactly("ward0/P0", "ward0/P2", "ward0/P4", "ward1/P1", "ward1/P3", "ward1/P5");
        rescore();
        assertThat(ids("predictions")).hasSize(6);
        assertThat(runs()).as("a night with nothing to do is no run").hasSize(1);

        archive.image("ward2/P6", 6);
        Files.setLastModifiedTime(
                archive.image("ward0/P0", 7), FileTime.from(Instant.now().plusSeconds(60)));
        rescore();
        assertThat(ids("predictions")).hasSize(8).contains("ward2/P6").containsSequence("ward0/P0", "ward0/P0");
        assertThat(ids("attention")).isEqualTo(ids("predictions"));
        assertThat(runs().get(1).<Long>getAs("planned")).isEqualTo(2);
    }

    @Test
    void aNewModelScoresAllBesideTheOldRows() throws IOException {
        rescore();
        archive.model("newer", 2);
        rescore("score.model", folder + "/newer");
        assertThat(ids("predictions")).hasSize(12);
        assertThat(runs()).extracting(row -> row.<String>getAs("model_version")).containsExactly("v1", "v2");
        rescore("score.model", folder + "/newer");
        rescore();
        assertThat(ids("predictions")).hasSize(12);
    }

    @Test
    void aBoundedNightTakesTheOldestAndTheNextNightsGoOn() throws IOException {
        for (int i = 0; i < 6; i++) {
            Files.setLastModifiedTime(
                    archive.file("ward" + i % 2 + "/P" + i + ".jpg"), FileTime.from(Instant.ofEpochSecond(1000 - i)));
        }
        rescore("rescore.max-images", 4);
        assertThat(ids("predictions")).containsExactly("ward0/P2", "ward0/P4", "ward1/P3", "ward1/P5");
        rescore("rescore.max-images", 4);
        assertThat(ids("predictions")).hasSize(6);
    }

    @Test
    void aRejectIsTriedAgainUntilItsAttemptsAreUsedUpOrItsFileChanges() throws IOException {
        Path bad = Files.writeString(archive.file("bad.jpg"), "no image");
        rescore("score.max-reject-fraction", 0.5, "rescore.max-attempts", 2);
        rescore("rescore.max-attempts", 2); // one that was rejected before does not fail the run
        rescore("rescore.max-attempts", 2);
        assertThat(ScoreStores.parquet(LocalSpark.session(), tables)
                        .read(ScoreTables.REJECTS)
                        .orderBy("attempt")
                        .collectAsList())
                .extracting(row -> row.<Integer>getAs("attempt"))
                .containsExactly(1, 2);
        Files.copy(archive.file("ward0/P0.jpg"), bad, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        rescore("rescore.max-attempts", 2);
        assertThat(ids("predictions")).hasSize(7).contains("bad");
    }

    @Test
    void aDryRunWritesNothing() {
        rescore("rescore.dry-run", true);
        assertThat(Path.of(tables)).doesNotExist();
    }

    private static void repair(String tables, Object... more) {
        List<Object> settings = new ArrayList<>(List.of("rescore.tables", tables));
        settings.addAll(List.of(more));
        new RepairJob(new JobContext(LocalSpark.session(), LocalSpark.settings(settings.toArray()), false)).run();
    }

    @Test
    void aRunWhoseRowIsLostStopsTheNightUntilItIsSetAside() throws IOException {
        rescore();
        String runId = runs().get(0).getAs("run_id");
        Files.delete(Path.of(tables, "runs", runId + ".parquet"));
        assertThatThrownBy(this::rescore)
                .isInstanceOf(JobException.class)
                .hasMessageContaining("rescore.tables = " + tables + ": run " + runId + " has rows but no file:")
                .hasMessageEndingWith("or set the run aside with 'attnvgg repair rescore.tables=%s repair.run=%s'"
                        .formatted(tables, runId));
        // Predictions, attention, and the columns of rejects.
        assertThat(rowFiles(runId)).as("nothing is cleared away by guessing").hasSize(3);
        try (PrintedOutput printed = new PrintedOutput()) {
            repair(tables);
            assertThat(printed.text())
                    .contains("run " + runId + " has rows but no ", "1 things are damaged in ", "nothing was changed");
            assertThat(rowFiles(runId)).hasSize(3);
            repair(tables, "repair.run", runId);
            assertThat(printed.text())
                    .contains("run " + runId + " is set aside: its files are in file:" + tables + "/_removed/" + runId)
                    .contains("its images are new again");
        }
        rescore();
        assertThat(ids("predictions")).hasSize(6);
        assertThat(runs()).hasSize(1).noneMatch(row -> row.getAs("run_id").equals(runId));
        assertThat(rowFiles(runs().get(0).getAs("run_id")))
                .as("the columns of rejects went aside with the first run")
                .hasSize(3);
    }

    /** Data files of a run that are in the tables. */
    private List<Path> rowFiles(String runId) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(tables))) {
            return files.filter(path -> path.toString().contains("run_id=" + runId))
                    .filter(path -> path.toString().endsWith(".parquet"))
                    .filter(path -> !path.toString().contains("_removed"))
                    .toList();
        }
    }

    @Test
    void aRunThatLacksRowsFailsRescoreAndReportAndIsWarnedOfBySql() throws IOException {
        rescore();
        String runId = runs().get(0).getAs("run_id");
        Path part = rowFiles(runId).stream()
                .filter(path -> path.toString().contains("/predictions/"))
                .findFirst()
                .orElseThrow();
        Files.write(part, new byte[0]);
        String damage = "run %s in file:%s has 0 rows in predictions where it wrote 6".formatted(runId, tables);
        assertThatThrownBy(this::rescore).isInstanceOf(JobException.class).hasMessageContaining(damage);
        assertThatThrownBy(() -> rescore("rescore.dry-run", true)).hasMessageContaining(damage);
        var settings = LocalSpark.settings("report.tables", tables, "report.out", folder + "/report");
        assertThatThrownBy(() -> new ReportJob(new JobContext(LocalSpark.session(), settings, false)).run())
                .isInstanceOf(JobException.class)
                .hasMessageContaining("report.tables = " + tables + ": " + damage);
        assertThat(folder.resolve("report")).doesNotExist();
        assertThat(sql("SELECT count(*) FROM predictions"))
                .contains("attnvgg: WARNING: results may lack rows: " + damage);
        try (PrintedOutput printed = new PrintedOutput()) {
            repair(tables, "repair.run", runId);
            assertThat(printed.text()).contains(damage, "6 images are new again: the next rescore scores them");
        }
        rescore();
        assertThat(ids("predictions")).hasSize(6);
        assertThat(sql("SELECT count(*) FROM predictions")).isEmpty();
    }

    @Test
    void aDamagedPageIsNamedInTheSummary() throws IOException {
        rescore();
        Path part = rowFiles(runs().get(0).getAs("run_id")).stream()
                .filter(path -> path.toString().contains("/predictions/"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(part);
        Arrays.fill(bytes, 8, bytes.length / 4, (byte) 0);
        Files.write(part, bytes);
        Files.deleteIfExists(part.resolveSibling("." + part.getFileName() + ".crc"));
        try (PrintedOutput printed = new PrintedOutput()) {
            assertThatThrownBy(this::rescore).hasStackTraceContaining(JobException.class.getName());
            assertThat(printed.text())
                    .contains("\"status\":\"failed\"")
                    .containsPattern("\"message\":\"file:[^ ]*" + part.getFileName() + " is damaged \\(");
        }
    }

    /** Runs a query; returns what was printed to standard error. */
    private String sql(String query) {
        PrintStream standardErr = System.err;
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try (PrintedOutput results = new PrintedOutput()) {
            var settings = LocalSpark.settings("sql.tables", tables, "sql.query", query);
            new SqlJob(new JobContext(LocalSpark.session(), settings, false)).run();
            assertThat(results.text()).contains("count(1)");
        } finally {
            System.setErr(standardErr);
        }
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void anArchiveWithoutAnyImageIsAnErrorOnceTheTablesHaveRuns() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        rescore("score.images", empty);
        rescore();
        assertThatThrownBy(() -> rescore("score.images", empty))
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("the archive " + empty + " lists no image although " + tables + " has 1 runs")
                .hasMessageEndingWith("say rescore.allow-empty=true");
        rescore("score.images", empty, "rescore.allow-empty", true);
        assertThat(ids("predictions")).hasSize(6);
    }

    @Test
    void aNightOfSeveralPortionsIsSeveralRuns() throws IOException {
        rescore("rescore.max-images", 1);
        slowDown(Path.of(tables, "runs", runs().get(0).getAs("run_id") + ".parquet"));
        try (PrintedOutput printed = new PrintedOutput()) {
            rescore();
            assertThat(printed.text())
                    .contains("\"status\":\"complete\"", "\"planned\":5", "\"scored\":5", "\"rejected\":0");
        }
        assertThat(runs()).extracting(row -> row.<Long>getAs("planned")).containsExactly(1L, 1L, 4L);
        assertThat(ids("predictions")).hasSize(6).doesNotHaveDuplicates();
        assertThat(ids("attention")).isEqualTo(ids("predictions"));
    }

    @Test
    void aNightThatIsToldToStopSaysWhatIsCommittedAndTheNextDoesTheRest() {
        StopSignal stop = new StopSignal();
        stop.request();
        var settings = LocalSpark.settings(
                "score.model", folder + "/model", "score.images", folder + "/archive", "rescore.tables", tables);
        try (PrintedOutput printed = new PrintedOutput()) {
            assertThatThrownBy(() -> new RescoreJob(new JobContext(LocalSpark.session(), settings, false, stop)).run())
                    .isInstanceOf(StoppedException.class)
                    .hasMessage("0 of 6 planned images are committed, in 0 runs; the next rescore does the rest");
            assertThat(printed.text()).contains("\"status\":\"stopped\"", "\"planned\":6");
        }
        rescore();
        assertThat(ids("predictions")).hasSize(6);
    }

    @Test
    void onlyARunIdCanBeRepaired() {
        for (String name : new String[] {"*", "../runs", ".hidden", "a'b"}) {
            assertThatThrownBy(() -> repair(tables, "repair.run", name))
                    .isInstanceOf(SettingsException.class)
                    .hasMessage("repair.run = " + name + ": must be the run_id of a run");
        }
        assertThatThrownBy(() -> repair(tables, "repair.run", "some-run"))
                .isInstanceOf(JobException.class)
                .hasMessage("rescore.tables = " + tables + ": there are no tables there");
        assertThat(Path.of(tables)).doesNotExist();
    }

    /** Writes into a run that it scored an image in 500 s, so that the next one's first portion is of one. */
    private void slowDown(Path run) throws IOException {
        Path changed = folder.resolve("changed");
        LocalSpark.session()
                .read()
                .parquet(run.toString())
                .withColumn("images_per_second", lit(0.002))
                .write()
                .parquet(changed.toString());
        try (Stream<Path> files = Files.list(changed)) {
            Path file = files.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            Files.move(file, run, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.deleteIfExists(run.resolveSibling("." + run.getFileName() + ".crc")); // of the row as it was
    }

    @Test
    void aSecondRunIsRefusedWhileTheFirstLivesAndTakesOverWhenItDoesNot() throws IOException {
        var hadoop = LocalSpark.session().sparkContext().hadoopConfiguration();
        try (HeldLock first = HeldLock.take(tables, hadoop, "first")) {
            assertThatThrownBy(this::rescore)
                    .isInstanceOf(BusyException.class)
                    .hasMessageContaining("rescore.tables: run first on ")
                    .hasMessageContaining("is at work on ")
                    .hasMessageContaining("this run published nothing");
            first.requireHeld();
        }
        assertThat(ids("predictions")).isEmpty();
        String dead = "{\"runId\":\"dead\",\"host\":\"h\",\"pid\":1,\"since\":\"s\",\"beat\":3}";
        Files.writeString(Files.createDirectories(Path.of(tables)).resolve("_lock"), dead);
        rescore();
        assertThat(ids("predictions")).hasSize(6);
        assertThat(Path.of(tables, "_lock")).doesNotExist();
    }
}
