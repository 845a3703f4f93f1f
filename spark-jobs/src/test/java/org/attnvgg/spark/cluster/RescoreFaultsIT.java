package org.attnvgg.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.model.Initialization;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.spark.LocalSpark;
import org.attnvgg.spark.TestPictures;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.attnvgg.weights.ModelDescription;
import org.attnvgg.weights.ModelFolder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of {@code rescore} whose processes are killed: readers see whole runs only, and the next run does the rest. */
class RescoreFaultsIT {

    private static final int PICTURES = 40;
    private static final NetworkSettings NETWORK = new NetworkSettings(0.125, 32, true, 0);

    private static final String ROWS = "org.attnvgg.spark.score.ScoreRows";
    private static final String STORE = "org.attnvgg.spark.table.ParquetStore";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void makeModelAndArchive() throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        ModelFolder.write(
                model,
                ModelDescription.of(NETWORK, "float32", "v1", 1, List.of(), Map.of()),
                Initialization.of(NetworkLayout.of(NETWORK), 1));
        Path archive = Files.createDirectories(folder.resolve("archive"));
        for (int i = 0; i < PICTURES; i++) {
            Files.write(archive.resolve("P%03d.jpg".formatted(i)), TestPictures.jpeg(i, 64));
        }
        Files.writeString(archive.resolve("bad.jpg"), "no picture");
    }

    private static String[] rescore(String name) {
        return new String[] {
            "score.model=" + folder + "/model",
            "score.images=" + folder + "/archive",
            "score.batch-size=4",
            "rescore.tables=" + folder + "/" + name,
            "rescore.lock-timeout=6"
        };
    }

    /** Files in the tables' folder, below it too, whose names begin so. */
    private static List<Path> named(String name, String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            return files.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .filter(path -> !path.toString().contains("_temporary"))
                    .toList();
        }
    }

    /** How many rows a reader sees; all of a run or none. */
    private static long visible(String name, String table) {
        return ScoreStores.parquet(LocalSpark.session(), folder + "/" + name)
                .read(table)
                .count();
    }

    private static void assertComplete(String name) {
        ScoreStore tables = ScoreStores.parquet(LocalSpark.session(), folder + "/" + name);
        List<String> ids = tables.read("predictions").select("image_id").orderBy("image_id").collectAsList().stream()
                .map(row -> row.getString(0))
                .toList();
        assertThat(ids).hasSize(PICTURES).doesNotHaveDuplicates();
        assertThat(tables.read("attention").select("image_id").distinct().count())
                .isEqualTo(PICTURES);
        assertThat(tables.read("attention").count()).isEqualTo(PICTURES);
        assertThat(tables.read("rejects").collectAsList())
                .extracting(row -> row.<String>getAs("image_id"))
                .containsExactly("bad");
        assertThat(tables.read("runs").collectAsList())
                .extracting((Row row) -> row.<Long>getAs("planned"))
                .containsExactly(PICTURES + 1L);
    }

    /** Starts a run, and kills its driver where it enters the method for the given number of times. */
    private static void killedAt(String name, String type, String method, int times) throws IOException {
        List<String> arguments = Stream.concat(
                        Stream.of("rescore"),
                        Stream.concat(
                                Stream.of(rescore(name)), Stream.of("spark.master=local[2]", "spark.ui.enabled=false")))
                .toList();
        Path log = folder.resolve(name + "-killed.log");
        try (Driver driver = Driver.start("attnvgg", log, arguments, Breakpoint.JAVA_OPTION)) {
            Breakpoint.awaitEntry(driver::output, type, method, times);
            driver.kill();
        }
        for (String table : ScoreTables.NAMES) {
            assertThat(visible(name, table)).as(table).isZero();
        }
    }

    /** Runs again, as if the killed run had died a while ago. */
    private static void assertTheNextRunCompletes(String name) throws IOException {
        Path lock = folder.resolve(name).resolve("_lock");
        Files.setLastModifiedTime(lock, FileTime.from(Instant.now().minusSeconds(60)));
        try (RunningJob next = RunningJob.rescore(LocalSpark.session(), rescore(name))) {
            assertThat(next.await()).contains("\"status\":\"complete\"");
        }
        assertComplete(name);
    }

    @Test
    void aDriverKilledWhileItScores() throws IOException {
        killedAt("scoring", ROWS, "of", PICTURES / 2);
        assertTheNextRunCompletes("scoring");
    }

    @Test
    void aDriverKilledWhileItsRowsAreWritten() throws IOException {
        killedAt("writing", STORE, "count", 1);
        assertThat(named("writing", "run_id=")).isNotEmpty();
        assertTheNextRunCompletes("writing");
    }

    @Test
    void aDriverKilledBetweenTheRunsOwnRowAndItsTable() throws IOException {
        killedAt("committing", STORE, "moveIn", 1);
        assertThat(named("committing", ".run-")).hasSize(1);
        assertTheNextRunCompletes("committing");
        assertThat(named("committing", ".run-")).isEmpty();
    }

    @Test
    void anExecutorKilledWhileItScores() throws IOException {
        String options = "spark.executor.extraJavaOptions=" + Driver.QUICK_START + " " + Breakpoint.JAVA_OPTION;
        try (StandaloneCluster cluster = new StandaloneCluster(folder.resolve("cluster")).withWorkers(2);
                SparkSession session = cluster.session(2, options);
                RunningJob job = RunningJob.rescore(session, rescore("executors"))) {
            Await.until("two executors", () -> cluster.executors().size() == 2);
            ProcessHandle first = cluster.executors().get(0);
            ProcessHandle second = cluster.executors().get(1);
            Breakpoint.awaitEntry(() -> cluster.output(first), ROWS, "of", PICTURES / 4);
            first.destroyForcibly();
            Breakpoint.letRun(() -> cluster.output(second));
            assertThat(job.await()).contains("\"status\":\"complete\"");
        }
        assertComplete("executors");
    }
}
