package org.attnvgg.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
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

    private static final int PICTURES = 80;

    /** Slow enough to be killed in the middle. */
    private static final NetworkSettings NETWORK = new NetworkSettings(0.5, 224, true, 0);

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
            "rescore",
            "score.model=" + folder + "/model",
            "score.images=" + folder + "/archive",
            "score.batch-size=4",
            "rescore.tables=" + folder + "/" + name,
            "rescore.lock-timeout=6"
        };
    }

    private static Driver embedded(String name, String log, String javaOptions) throws IOException {
        List<String> arguments = Stream.concat(
                        Stream.of(rescore(name)), Stream.of("spark.master=local[2]", "spark.ui.enabled=false"))
                .toList();
        return Driver.start("attnvgg", folder.resolve(log + ".log"), arguments, javaOptions);
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

    /** Starts a run, and kills its driver where it enters the method for the so-manieth time. */
    private static void killedAt(String name, String type, String method, int times) throws IOException {
        try (Driver driver = embedded(name, name + "-killed", Breakpoint.JAVA_OPTION)) {
            Breakpoint.awaitEntry(driver, type, method, times);
            driver.kill();
        }
        for (String table : ScoreTables.NAMES) {
            assertThat(visible(name, table)).as(table).isZero();
        }
    }

    private static void assertTheNextRunCompletes(String name) throws IOException {
        try (Driver driver = embedded(name, name, "")) {
            assertThat(driver.await()).as(driver.output()).isZero();
            assertThat(driver.output()).contains("\"status\":\"complete\"");
        }
        assertComplete(name);
    }

    @Test
    void aDriverKilledWhileItScores() throws IOException {
        killedAt("scoring", "org.attnvgg.spark.score.ScoreRows", "of", PICTURES / 2);
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
        try (StandaloneCluster cluster = new StandaloneCluster(folder.resolve("cluster")).withWorkers(2);
                Driver driver = cluster.submit("attnvgg", "executor-killed", 2, rescore("executors"))) {
            driver.awaitOutput("to score:");
            Await.until("two executors", () -> cluster.executors().size() == 2);
            try {
                Thread.sleep(2000);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            cluster.executors().get(0).destroyForcibly();
            assertThat(driver.await()).as(driver.output()).isZero();
        }
        assertComplete("executors");
    }
}
