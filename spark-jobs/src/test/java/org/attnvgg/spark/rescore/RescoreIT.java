package org.attnvgg.spark.rescore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.attnvgg.spark.BusyException;
import org.attnvgg.spark.LocalSpark;
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

        archive.picture("ward2/P6", 6);
        Files.setLastModifiedTime(
                archive.picture("ward0/P0", 7), FileTime.from(Instant.now().plusSeconds(60)));
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
        Path bad = Files.writeString(archive.file("bad.jpg"), "no picture");
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

    @Test
    void rowsOfARunThatWasNeverCommittedAreNoRowsAndAreClearedAway() throws IOException {
        rescore();
        String runId = runs().get(0).getAs("run_id");
        Path run = Path.of(tables, "runs", runId + ".parquet");
        Path hidden = Files.move(run, folder.resolve("kept.parquet"));
        assertThat(ids("predictions")).isEmpty();
        assertThat(ids("attention")).isEmpty();
        rescore();
        assertThat(ids("predictions")).hasSize(6);
        assertThat(runs()).hasSize(1).noneMatch(row -> row.getAs("run_id").equals(runId));
        try (Stream<Path> files = Files.walk(Path.of(tables))) {
            assertThat(files.filter(path -> path.toString().contains(runId))
                            .filter(path -> !path.toString().endsWith(".crc")))
                    .isEmpty();
        }
        assertThat(hidden).exists();
    }

    @Test
    void aSecondRunIsRefusedWhileTheFirstLivesAndTakesOverWhenItDoesNot() throws IOException {
        var hadoop = LocalSpark.session().sparkContext().hadoopConfiguration();
        Duration patience = Duration.ofSeconds(6);
        try (RunLock first = RunLock.take(tables, hadoop, "first", patience)) {
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

    @Test
    void ofRunsThatStartAtTheSameMomentOneGetsTheLock() throws Exception {
        var hadoop = LocalSpark.session().sparkContext().hadoopConfiguration();
        List<Thread> threads = new ArrayList<>();
        List<RunLock> taken = java.util.Collections.synchronizedList(new ArrayList<>());
        List<Throwable> refused = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 4; i++) {
            String runId = "run-" + i;
            Thread thread = new Thread(() -> {
                try {
                    taken.add(RunLock.take(tables, hadoop, runId, Duration.ofSeconds(6)));
                } catch (BusyException e) {
                    refused.add(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(taken).hasSize(1);
        assertThat(refused).hasSize(3);
        taken.get(0).requireHeld();
        taken.get(0).close();
    }
}
