package org.attnvgg.spark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.table.Damage.Kind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of tables whose runs were killed, or whose files somebody damaged. */
class ParquetStoreTest {

    @TempDir
    private Path folder;

    private SomeRuns tables;
    private ScoreStore store;

    @BeforeEach
    void commitTwoRuns() {
        tables = new SomeRuns(folder.resolve("tables")).with("first").with("second");
        store = tables.store();
    }

    private Damage theDamage() {
        List<Damage> damages = store.damages();
        assertThat(damages).hasSize(1);
        return damages.get(0);
    }

    private void assertOnlyTheFirstRunIsThere() throws IOException {
        assertThat(store.damages()).isEmpty();
        assertThat(store.read(ScoreTables.RUNS).collectAsList())
                .extracting(row -> row.<String>getAs("run_id"))
                .containsExactly("first");
        assertThat(store.read(ScoreTables.PREDICTIONS).count()).isEqualTo(SomeRuns.SCORED);
    }

    @Test
    void wholeRunsAreNotDamagedAndLeaveNothingInTheJournal() throws IOException {
        assertThat(store.damages()).isEmpty();
        assertThat(store.read(ScoreTables.ATTENTION).count()).isEqualTo(2 * SomeRuns.SCORED);
        assertThat(tables.named("_unfinished")).isEmpty();
        assertThat(tables.named(".run-")).isEmpty();
    }

    @Test
    void rowsOfAnUnfinishedRunAreMovedAwayAndNothingElse() throws IOException {
        tables.begin("killed");
        Files.writeString(folder.resolve("tables/.run-killed.parquet"), "a row that was not moved in");
        assertThat(store.read(ScoreTables.PREDICTIONS).count()).isEqualTo(2 * SomeRuns.SCORED);
        assertThat(store.damages()).isEmpty();
        assertThat(store.clearUnfinished()).containsExactly("killed");
        assertThat(tables.named("killed"))
                .filteredOn(path -> !path.toString().contains("/_removed/killed/"))
                .as("but for the journal")
                .containsExactly(folder.resolve("tables/_unfinished/killed"));
        assertThat(tables.named("_removed/killed/")).hasSize(5); // three tables, a row of runs, a note
        assertThat(store.read(ScoreTables.PREDICTIONS).count()).isEqualTo(2 * SomeRuns.SCORED);
        assertThat(store.clearUnfinished()).isEmpty();
        assertThat(tables.named("_unfinished")).isEmpty();
    }

    @Test
    void aRunThatWasTakenForDeadAndWritesAfterItWasClearedAwayIsClearedAwayAgain() {
        tables.begin("late");
        assertThat(store.clearUnfinished()).containsExactly("late");
        tables.append("late");
        assertThat(store.damages()).isEmpty();
        assertThat(store.clearUnfinished()).containsExactly("late");
        assertThat(store.clearUnfinished()).isEmpty();
        assertThat(store.damages()).isEmpty();
    }

    @Test
    void aRunThatWasKilledAfterItsCommitIsNotClearedAway() throws IOException {
        store.begin("second");
        assertThat(store.clearUnfinished()).isEmpty();
        assertThat(tables.named("_unfinished")).isEmpty();
        assertThat(store.read(ScoreTables.PREDICTIONS).count()).isEqualTo(2 * SomeRuns.SCORED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEmptyRowOfRunsIsNamedAndItsRowsStay(boolean withChecksum) throws IOException {
        Path row = tables.file("runs", "second");
        Files.write(row, new byte[0]);
        if (!withChecksum) {
            Files.delete(SomeRuns.checksum(row));
        }
        assertThat(store.clearUnfinished()).isEmpty();
        assertThat(theDamage()).isEqualTo(new Damage(Kind.UNREADABLE_RUN, "second", "file:" + row + " is empty"));
        assertThat(tables.file("predictions", "second")).exists();
        store.setAside("second");
        assertOnlyTheFirstRunIsThere();
    }

    @Test
    void aRowOfRunsThatIsCutOrChangedIsNamed() throws IOException {
        cut(tables.file("runs", "second"));
        Files.delete(SomeRuns.checksum(tables.file("runs", "second")));
        assertThat(theDamage().kind()).isEqualTo(Kind.UNREADABLE_RUN);
        flip(tables.file("runs", "first"), 10);
        assertThat(store.damages()).extracting(Damage::kind).containsExactly(Kind.UNREADABLE_RUN, Kind.UNREADABLE_RUN);
    }

    @Test
    void aRunWhoseRowIsLostIsNamedAndKept() throws IOException {
        Files.delete(tables.file("runs", "second"));
        assertThat(store.clearUnfinished()).isEmpty();
        assertThat(theDamage().kind()).isEqualTo(Kind.UNKNOWN_RUN);
        assertThat(theDamage().what())
                .startsWith("run second has rows but no file:")
                .contains("/runs/second.parquet");
        assertThat(tables.file("predictions", "second")).exists();
        store.setAside("second");
        assertOnlyTheFirstRunIsThere();
        assertThat(tables.named("_removed/second/")).hasSize(4);
    }

    @Test
    void allRunsAreNamedIfTheFolderOfRunsIsLost() throws IOException {
        Files.move(folder.resolve("tables/runs"), folder.resolve("elsewhere"));
        assertThat(store.exists()).isFalse();
        assertThat(store.damages()).extracting(Damage::runId).containsExactly("first", "second");
    }

    @Test
    void whatAnOlderVersionLeftWhenItWasKilledIsNamedAndCanBeSetAside() throws IOException {
        tables.append("old");
        assertThat(store.clearUnfinished()).isEmpty();
        assertThat(theDamage().what())
                .contains("run old has rows but no ", "an older version of this program was killed");
        store.setAside("old");
        assertThat(store.damages()).isEmpty();
        assertThat(store.read(ScoreTables.PREDICTIONS).count()).isEqualTo(2 * SomeRuns.SCORED);
    }

    private enum Fault {
        EMPTY,
        GONE,
        CUT,
        FOREIGN,
        TWICE
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY, predictions, 0 rows in predictions where it wrote 4, is empty",
        "EMPTY, rejects, 0 rows in rejects where it wrote 1, is empty",
        "GONE, attention, 0 rows in attention where it wrote 4, ''",
        "CUT, predictions, 0 rows in predictions where it wrote 4, cannot be read (",
        "FOREIGN, predictions, 0 rows in predictions where it wrote 4, 'has no column '",
        "TWICE, attention, 8 rows in attention where it wrote 4, ''",
    })
    void aRunThatLacksRowsIsNamedWithTheFile(Fault fault, String table, String difference, String reason)
            throws IOException {
        Path part = tables.file(table, "second");
        for (boolean withChecksum : new boolean[] {true, false}) {
            damage(fault, part);
            if (!withChecksum) {
                Files.deleteIfExists(SomeRuns.checksum(part));
            }
            assertThat(theDamage().kind()).isEqualTo(Kind.OTHER_ROWS);
            assertThat(theDamage().runId()).isEqualTo("second");
            assertThat(theDamage().what()).contains("run second in ", difference, reason);
        }
        store.setAside("second");
        assertOnlyTheFirstRunIsThere();
    }

    private void damage(Fault fault, Path part) throws IOException {
        switch (fault) {
            case EMPTY -> Files.write(part, new byte[0]);
            case GONE -> Files.deleteIfExists(part);
            case CUT -> cut(part);
            case FOREIGN -> foreign(part);
            case TWICE -> {
                if (Files.notExists(part.resolveSibling("copy.parquet"))) {
                    Files.copy(part, part.resolveSibling("copy.parquet"));
                }
            }
        }
    }

    private static void cut(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
    }

    /** A Parquet file of other columns, as another program writes it. */
    private void foreign(Path target) throws IOException {
        Path other = folder.resolve("other");
        SomeRuns.spark().range(7).coalesce(1).write().mode("overwrite").parquet(other.toString());
        try (var files = Files.list(other)) {
            Path file = files.filter(path -> path.getFileName().toString().startsWith("part-"))
                    .findFirst()
                    .orElseThrow();
            Files.deleteIfExists(SomeRuns.checksum(target));
            Files.move(file, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "predictions/foreign.parquet",
                "predictions/model_version=some model_version/foreign.parquet",
                "attention/notes.txt",
                "rejects/run_id=.. /foreign.parquet",
                "runs/notes.txt",
                "runs/more/foreign.parquet"
            })
    void aFileThatIsNoRunsIsNamed(String name) throws IOException {
        Path file = tables.folder().resolve(name);
        Files.createDirectories(file.getParent());
        foreign(file);
        assertThat(theDamage().kind()).isEqualTo(Kind.FOREIGN_FILE);
        assertThat(theDamage().what()).startsWith("file:" + file + " ");
    }

    @Test
    void aCopyOfARunsRowIsNamed() throws IOException {
        Path row = tables.file("runs", "second");
        Files.copy(row, row.resolveSibling("copy.parquet"));
        assertThat(theDamage().what()).endsWith("/runs/copy.parquet has the row of run second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"predictions", "attention", "rejects"})
    void aFlippedByteIsAnErrorThatNamesTheFileAndNotAnotherValue(String table) throws IOException {
        Path part = tables.file(table, "second");
        Files.delete(SomeRuns.checksum(part));
        flip(part, lastByteOfAPage(part));
        assertThatThrownBy(() -> store.read(table).collectAsList())
                .hasStackTraceContaining(JobException.class.getName())
                .hasStackTraceContaining(part.getFileName() + " is damaged (")
                .hasStackTraceContaining("attnvgg repair rescore.tables=")
                .hasStackTraceContaining("/tables repair.run=second");
        assertThat(store.read(table).filter("run_id = 'first'").count()).isPositive();
    }

    /** Of the first column's last page, which ends with its content. */
    private static int lastByteOfAPage(Path file) throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(
                HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))) {
            ColumnChunkMetaData column =
                    reader.getFooter().getBlocks().get(0).getColumns().get(0);
            return Math.toIntExact(column.getStartingPos() + column.getTotalSize() - 1);
        }
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 0x10;
        Files.write(file, bytes);
    }

    @Test
    void filesThatACommitterHadNotMovedInAreNotTakenForTheNextRuns() throws IOException {
        Path left = tables.folder().resolve("predictions/_temporary/0/task_1/part-0.parquet");
        Files.createDirectories(left.getParent());
        Files.copy(tables.file("predictions", "first"), left);
        assertThat(store.clearUnfinished()).isEmpty();
        assertThat(left).doesNotExist();
        assertThat(tables.named("_removed/committers-files/predictions/_temporary"))
                .hasSize(1);
        tables.with("third");
        assertThat(store.damages()).isEmpty();
    }

    @Test
    void aRunThatIsSetAsideIsKeptForAWhile() throws IOException {
        store.setAside("second");
        store.dropRemoved(Duration.ofDays(7));
        Path note = folder.resolve("tables/_removed/second/_removed-at");
        assertThat(note).exists();
        Files.createDirectories(folder.resolve("tables/_removed/by-hand"));
        Files.setLastModifiedTime(note, FileTime.from(Instant.now().minus(Duration.ofDays(8))));
        store.dropRemoved(Duration.ofDays(7));
        assertThat(note.getParent()).doesNotExist();
        assertThat(folder.resolve("tables/_removed/by-hand")).exists();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void settingARunAsideCanBeKilledAfterAnyFile(int moved) throws IOException {
        store.begin("second");
        RemovedRuns removed = new RemovedRuns(
                org.apache.hadoop.fs.FileSystem.getLocal(
                        SomeRuns.spark().sparkContext().hadoopConfiguration()),
                new org.apache.hadoop.fs.Path(tables.folder().toUri()));
        List<Path> inOrder = List.of(
                tables.file("runs", "second"),
                tables.file("predictions", "second").getParent(),
                tables.file("attention", "second").getParent(),
                tables.file("rejects", "second").getParent());
        for (Path path : inOrder.subList(0, Math.min(moved, 4))) {
            removed.take("second", new org.apache.hadoop.fs.Path(path.toUri().getPath()));
        }
        store.clearUnfinished();
        if (moved > 0) {
            assertOnlyTheFirstRunIsThere();
        } else {
            assertThat(store.damages()).isEmpty();
            assertThat(store.read(ScoreTables.PREDICTIONS).count()).isEqualTo(2 * SomeRuns.SCORED);
        }
    }

    @Test
    void aRunThatIsNotThereCannotBeSetAside() {
        assertThatThrownBy(() -> store.setAside("third"))
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("there is nothing of a run third in file:");
        assertThat(store.damages()).isEmpty();
    }
}
