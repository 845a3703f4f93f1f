package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs of {@code rescore} onto an S3 server whose driver is killed: a store without renames shows whole runs only, too. */
class S3FaultsIT {

    private static final int IMAGES = 6;
    private static final String USER = "somebody";
    private static final String SECRET = "a-secret";

    @TempDir
    private static Path folder;

    private static S3Server server;

    @BeforeAll
    static void startServer() throws Exception {
        SmallArchive.in(folder);
        server = new S3Server(Files.createDirectories(folder.resolve("store")), USER, SECRET);
        System.setProperty("aws.accessKeyId", USER);
        System.setProperty("aws.secretKey", SECRET);
        Configuration hadoop = LocalSpark.session().sparkContext().hadoopConfiguration();
        server.hadoop(folder.resolve("buffer")).forEach(hadoop::set);
    }

    @AfterAll
    static void stopServer() throws IOException {
        FileSystem.closeAll();
        server.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretKey");
    }

    private static String tables(String name) {
        return "s3a://" + S3Server.BUCKET + "/" + name;
    }

    private static List<String> rescore(String name) {
        return List.of(
                "score.model=" + folder + "/model",
                "score.images=" + folder + "/archive",
                "rescore.tables=" + tables(name),
                "rescore.lock-timeout=6");
    }

    private static Driver driver(String name) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("rescore", "spark.master=local[2]", "spark.ui.enabled=false"));
        arguments.addAll(rescore(name));
        server.hadoop(folder.resolve(name + "-buffer"))
                .forEach((key, value) -> arguments.add("spark.hadoop." + key + "=" + value));
        Path secrets = Files.writeString(
                folder.resolve(name + ".options"), "-Daws.accessKeyId=" + USER + " -Daws.secretKey=" + SECRET);
        String options = "@" + secrets + " " + Breakpoint.JAVA_OPTION;
        return Driver.start("attnvgg", folder.resolve(name + ".log"), arguments, options);
    }

    /** Whether the server has an object whose name has that in it. */
    private static boolean stored(String name, String part) throws IOException {
        Path root = folder.resolve("store").resolve(S3Server.BUCKET).resolve(name);
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(Path::toString)
                    .anyMatch(path -> path.contains(part) && !path.contains("__magic") && path.endsWith(".parquet"));
        }
    }

    private static long count(String name, String table) {
        return ScoreStores.parquet(LocalSpark.session(), tables(name))
                .read(table)
                .count();
    }

    @ParameterizedTest
    @CsvSource({"writing, count, 3, /predictions/", "committing, moveIn, 1, /.run-"})
    void aDriverKilledWhileItWritesLeavesNothingVisibleAndTheNextRunCompletes(
            String name, String method, int times, String part) throws Exception {
        try (Driver driver = driver(name)) {
            Breakpoint.awaitEntry(driver::output, "org.attnvgg.spark.table.ParquetStore", method, times);
            driver.kill();
            assertThat(driver.output()).doesNotContain(SECRET);
        }
        assertThat(stored(name, part)).isTrue();
        for (String table : ScoreTables.NAMES) {
            assertThat(count(name, table)).as(table).isZero();
        }
        try (RunningJob next =
                RunningJob.rescore(LocalSpark.session(), rescore(name).toArray(String[]::new))) {
            assertThat(next.await()).contains("\"status\":\"complete\"").doesNotContain(SECRET);
        }
        ScoreStore store = ScoreStores.parquet(LocalSpark.session(), tables(name));
        assertThat(store.read(ScoreTables.PREDICTIONS).count()).isEqualTo(IMAGES);
        assertThat(store.read(ScoreTables.ATTENTION).count()).isEqualTo(IMAGES);
        assertThat(store.read(ScoreTables.RUNS).count()).isEqualTo(1);
    }
}
