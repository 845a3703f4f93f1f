package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.modelfolder.ModelMetadata;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of {@code rescore} whose processes are killed: readers see whole runs only, and the next run does the rest. */
class RescoreFaultsIT {

    private static final int IMAGES = 40;
    private static final NetworkConfig NETWORK = new NetworkConfig(0.125, 32, true, 0);

    private static final String ROWS = "org.attnvgg.spark.score.ScoreRows";
    /** Two tasks. */
    private static final int MANY = 900;

    private static final String JOURNAL = "org.attnvgg.spark.table.Journal";
    private static final String STORE = "org.attnvgg.spark.table.ParquetStore";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void makeModelAndArchive() throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        ModelFolder.write(
                model,
                ModelMetadata.of(NETWORK, "float32", "v1", 1, List.of(), Map.of()),
                WeightInitializer.of(NetworkLayout.of(NETWORK), 1));
        Path archive = Files.createDirectories(folder.resolve("archive"));
        for (int i = 0; i < IMAGES; i++) {
            Files.write(archive.resolve("P%03d.jpg".formatted(i)), TestImages.jpeg(i, 64));
        }
        Files.writeString(archive.resolve("bad.jpg"), "no image");
    }

    private static String[] rescore(String name) {
        return new String[] {
            "score.model=" + folder + "/model",
            "score.images=" + folder + "/archive",
            "score.batch-size=4",
            "rescore.tables=" + folder + "/" + name,
            "rescore.lock-timeout=3600" // the lock of a process that has ended is not waited for
        };
    }

    /** Files in the tables' folder, below it too, whose names begin so. */
    private static List<Path> named(String name, String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            return files.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .filter(path -> !path.toString().contains("_temporary"))
                    .filter(path -> !path.toString().contains("_removed"))
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
        assertThat(ids).hasSize(IMAGES).doesNotHaveDuplicates();
        assertThat(tables.read("attention").select("image_id").distinct().count())
                .isEqualTo(IMAGES);
        assertThat(tables.read("attention").count()).isEqualTo(IMAGES);
        assertThat(tables.read("rejects").collectAsList())
                .extracting(row -> row.<String>getAs("image_id"))
                .containsExactly("bad");
        assertThat(tables.read("runs").collectAsList())
                .extracting((Row row) -> row.<Long>getAs("planned"))
                .containsExactly(IMAGES + 1L);
    }

    /** Starts a run, and kills its driver where it enters the method for the given number of times. */
    private static void killedAt(String name, String type, String method, int times) throws IOException {
        killed(name, type, method, times);
        for (String table : ScoreTables.NAMES) {
            assertThat(visible(name, table)).as(table).isZero();
        }
    }

    private static void killed(String name, String type, String method, int times) throws IOException {
        try (Driver driver = driver(name, rescore(name))) {
            Breakpoint.awaitEntry(driver::output, type, method, times);
            driver.kill();
        }
    }

    private static Driver driver(String name, String[] settings) throws IOException {
        List<String> arguments = Stream.concat(
                        Stream.of("rescore"),
                        Stream.concat(
                                Stream.of(settings), Stream.of("spark.master=local[2]", "spark.ui.enabled=false")))
                .toList();
        return Driver.start("attnvgg", folder.resolve(name + "-driver.log"), arguments, Breakpoint.JAVA_OPTION);
    }

    /** Runs again, at once. */
    private static void assertTheNextRunCompletes(String name) {
        try (RunningJob next = RunningJob.rescore(LocalSpark.session(), rescore(name))) {
            assertThat(next.await()).contains("\"status\":\"complete\"");
        }
        assertComplete(name);
    }

    @Test
    void aDriverKilledWhileItScores() throws IOException {
        killedAt("scoring", ROWS, "of", IMAGES / 2);
        assertTheNextRunCompletes("scoring");
    }

    @Test
    void aDriverKilledWhileItsRowsAreWritten() throws IOException {
        killedAt("writing", STORE, "count", 1);
        assertThat(named("writing", "run_id=")).isNotEmpty();
        assertTheNextRunCompletes("writing");
        assertThat(named("writing", "run_id=")).hasSize(3); // what was cleared away is not among them
    }

    @Test
    void aDriverKilledBeforeItsRunIsCountedAsOver() throws IOException {
        killed("committed", JOURNAL, "end", 1);
        assertThat(visible("committed", "predictions")).isEqualTo(IMAGES);
        try (RunningJob next = RunningJob.rescore(LocalSpark.session(), rescore("committed"))) {
            assertThat(next.await()).contains("\"planned\":1,", "\"scored\":0,\"rejected\":1");
        }
        assertThat(visible("committed", "predictions")).isEqualTo(IMAGES);
        assertThat(named("committed", "_unfinished")).isEmpty();
    }

    @Test
    void aDriverThatIsToldToStopCommitsWhatItsTasksHaveDone() throws IOException {
        Path archive = Files.createDirectories(folder.resolve("many"));
        for (int i = 0; i < MANY; i++) {
            Files.write(archive.resolve("P%03d.jpg".formatted(i)), TestImages.jpeg(i % 8, 64));
        }
        String[] settings = Arrays.copyOf(rescore("stopped"), 6);
        settings[5] = "rescore.commit-every=none";
        settings[1] = "score.images=" + archive;
        try (Driver driver = driver("stopped", settings)) {
            // The second of two tasks, one after the other.
            Breakpoint.atEntry(driver::output, ROWS, "of", MANY * 2 / 3, driver.process()::destroy);
            assertThat(driver.await()).as(driver.output()).isEqualTo(143);
            assertThat(driver.output())
                    .contains("\"status\":\"stopped\"")
                    .contains(
                            "attnvgg: stopped: %d of %d planned images are committed, in 1 runs; the next rescore does the rest"
                                    .formatted(MANY / 2, MANY))
                    .doesNotContain("Exception", "\tat ");
        }
        assertThat(visible("stopped", "predictions")).isEqualTo(MANY / 2);
        assertThat(visible("stopped", "attention")).isEqualTo(MANY / 2);
        assertThat(folder.resolve("stopped/_lock")).doesNotExist();
        try (RunningJob next = RunningJob.rescore(LocalSpark.session(), settings)) {
            assertThat(next.await()).contains("\"status\":\"complete\"", "\"scored\":" + MANY / 2);
        }
        assertThat(visible("stopped", "predictions")).isEqualTo(MANY);
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
            Breakpoint.awaitEntry(() -> cluster.output(first), ROWS, "of", IMAGES / 4);
            first.destroyForcibly();
            Breakpoint.letRun(() -> cluster.output(second));
            assertThat(job.await()).contains("\"status\":\"complete\"");
        }
        assertComplete("executors");
    }
}
