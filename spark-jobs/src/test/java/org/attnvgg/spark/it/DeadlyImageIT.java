package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image that kills whatever decodes it is found by name, and costs no other image its score. */
class DeadlyImageIT {

    @TempDir
    private static Path folder;

    private static SmallArchive archive;
    private static Path jar;
    private static Path sparkHome;

    @BeforeAll
    static void makeAnArchiveWithADeadlyImage() throws IOException {
        archive = SmallArchive.in(folder);
        Path deadly = archive.image("ward0/deadly", 7);
        Files.write(deadly, PlantedDecoder.deadly(Files.readAllBytes(deadly)));
        jar = PlantedDecoder.jar(folder);
        sparkHome = StandaloneCluster.sparkHome(folder.resolve("spark"));
    }

    @Test
    void inLocalModeTheRunThatFollowsNamesIt() throws Exception {
        Path first = folder.resolve("first.log");
        assertThat(rescoreInAJvm(first, "local[2]", "local"))
                .as(Files.readString(first))
                .isGreaterThan(128);
        Path second = folder.resolve("second.log");
        assertThat(rescoreInAJvm(second, "local[2]", "local"))
                .as(Files.readString(second))
                .isZero();
        assertAllButOneAreScored(LocalSpark.session(), folder + "/local");
    }

    @Test
    void onAClusterTheSameRunNamesIt() throws Exception {
        Path log = folder.resolve("cluster.log");
        assertThat(rescoreInAJvm(log, "local-cluster[2,1,1024]", "cluster"))
                .as(Files.readString(log))
                .isZero();
        assertAllButOneAreScored(LocalSpark.session(), folder + "/cluster");
    }

    private static void assertAllButOneAreScored(SparkSession session, String tables) {
        ScoreStore store = ScoreStores.parquet(session, tables);
        assertThat(store.read("predictions").count()).isEqualTo(6);
        assertThat(store.read("rejects").collectAsList())
                .extracting(
                        row -> row.<String>getAs("image_id"),
                        row -> row.<String>getAs("reason"),
                        row -> row.<String>getAs("detail"))
                .containsExactly(tuple(
                        "ward0/deadly",
                        "crashes-decoder",
                        "a process of its own that decoded it died with exit code 134"));
    }

    /** Each test has a temporary folder, where processes look for what killed others. */
    private static String javaOptions(String temporary) throws IOException {
        Path path = Files.createDirectories(folder.resolve(temporary));
        return "-Djava.io.tmpdir=" + path + " -XX:+SuppressFatalErrorMessage";
    }

    private static String[] settings(String tables) {
        return new String[] {
            "score.model=" + folder + "/model",
            "score.images=" + folder + "/archive",
            "score.max-reject-fraction=1",
            "rescore.tables=" + tables
        };
    }

    private static int rescoreInAJvm(Path log, String master, String name) throws Exception {
        String natives;
        try (Stream<Path> jars = Files.list(Path.of("target/native").toAbsolutePath())) {
            natives = jars.map(Path::toString).collect(Collectors.joining(","));
        }
        List<String> command =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(), "-Xmx1g"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .forEach(command::add);
        command.addAll(List.of((javaOptions(name + "-tmp") + " " + Driver.QUICK_START).split(" ", -1)));
        command.add("-Dlog4j2.configurationFile=../conf/log4j2.properties");
        command.add("-Dattnvgg.jars=" + jar + "," + natives); // what executors get
        String own = jar + File.pathSeparator + natives.replace(",", File.pathSeparator);
        String spark = Files.readString(Path.of("target/spark.classpath")).strip();
        command.addAll(List.of("-cp", own + File.pathSeparator + spark, "org.attnvgg.spark.cli.Main", "rescore"));
        command.addAll(List.of(settings(folder + "/" + name)));
        command.addAll(List.of("spark.master=" + master, "spark.ui.enabled=false"));
        command.add("spark.executor.extraJavaOptions=" + javaOptions(name + "-executors") + " " + Driver.QUICK_START);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("SPARK_HOME", sparkHome.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.12");
        return builder.redirectOutput(log.toFile()).start().waitFor();
    }
}
