package org.attnvgg.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code submit/attnvgg} in a checkout of its own, whose build and whose Java only say how they were called. */
class LauncherTest {

    @TempDir
    private Path home;

    @BeforeEach
    void layOutACheckout() throws IOException {
        for (String folder : List.of("submit", "core/src/main", "spark-jobs/src/main", "jdk/bin", "spark/bin")) {
            Files.createDirectories(home.resolve(folder));
        }
        for (String pom : List.of("pom.xml", "core/pom.xml", "spark-jobs/pom.xml", "core/src/main/A.java")) {
            Files.writeString(home.resolve(pom), "");
        }
        script("submit/attnvgg", Files.readString(Path.of("../submit/attnvgg")));
        script("mvnw", """
                #!/bin/sh
                mkdir -p spark-jobs/target/native
                touch spark-jobs/target/attnvgg-spark-jobs-1-all.jar spark-jobs/target/native/libtorch.jar
                echo spark.jar > spark-jobs/target/spark.classpath
                echo built
                """);
        String echo = "#!/bin/sh\nfor argument; do echo \"$argument\"; done\n";
        script("jdk/bin/java", echo);
        script("spark/bin/spark-submit", echo);
    }

    private void script(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private List<String> launch(Map<String, String> environment, String... arguments) throws Exception {
        Process process = start(environment, arguments);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }

    private Process start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(home + "/submit/attnvgg"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("SPARK_HOME");
        builder.environment().put("JAVA_HOME", home + "/jdk");
        builder.environment().putAll(environment);
        return builder.start();
    }

    @Test
    void buildsOnFirstUseAndWhenSourcesAreNewer() throws Exception {
        assertThat(launch(Map.of(), "demo")).startsWith("attnvgg: building, once", "built");
        assertThat(launch(Map.of(), "demo")).doesNotContain("built");
        Path source = home.resolve("core/src/main/A.java");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        assertThat(launch(Map.of(), "demo")).contains("built");
    }

    @Test
    void embedsSparkInOneJvm() throws Exception {
        List<String> call = launch(Map.of("ATTNVGG_MEMORY", "9g"), "train", "train.epochs=3", "spark.master=local[2]");
        assertThat(call)
                .contains("-Xmx9g", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "-Dattnvgg.terminal=false")
                .endsWith("org.attnvgg.spark.Main", "train", "train.epochs=3", "spark.master=local[2]");
        assertThat(call.get(call.indexOf("-cp") + 1))
                .isEqualTo("%1$s/attnvgg-spark-jobs-1-all.jar:%1$s/native/*:%1$s/iceberg/*:spark.jar"
                        .formatted(home.toRealPath() + "/spark-jobs/target"));
    }

    @Test
    void onlyADemoThatEndsWellLeavesItsClassesForLaterRuns() throws Exception {
        script("jdk/bin/java", """
                #!/bin/sh
                for argument; do
                    echo "$argument"
                    case "$argument" in -XX:ArchiveClassesAtExit=*) touch "${argument#*=}" ;; esac
                done
                exit ${STATUS:-0}
                """);
        String classes = "-XX:SharedArchiveFile=" + home.toRealPath() + "/spark-jobs/target/classes.jsa";
        assertThat(start(Map.of("STATUS", "1"), "demo").waitFor()).isOne();
        assertThat(launch(Map.of(), "score")).doesNotContain(classes);
        launch(Map.of(), "demo");
        assertThat(launch(Map.of(), "score")).contains(classes);
        assertThat(launch(Map.of("ATTNVGG_JAVA_OPTIONS", "-javaagent:profiler.jar"), "score"))
                .doesNotContain(classes);
    }

    @Test
    void handsOverToSparkSubmitWithSparksOwnKeysAsItsOptions() throws Exception {
        List<String> call =
                launch(Map.of("SPARK_HOME", home + "/spark"), "score", "score.out=a b", "spark.executor.memory=2g");
        assertThat(call)
                .containsSequence("--conf", "spark.executor.memory=2g")
                .containsSequence("--class", "org.attnvgg.spark.Main")
                .containsSequence("--jars", home.toRealPath() + "/spark-jobs/target/native/libtorch.jar")
                .endsWith("score", "score.out=a b");
    }

    @Test
    void aFileOfSparksSettingsComesBeforeTheCommandLines() throws Exception {
        Path conf = Files.writeString(home.resolve("spark.conf"), """
                # a comment
                spark.master            spark://master:7077
                spark.executor.extraJavaOptions=-Da=1 -Db=2
                #spark.task.cpus        9
                """);
        List<String> call = launch(
                Map.of("ATTNVGG_SPARK_CONF", conf.toString()), "train", "spark.master=local[1]", "train.epochs=3");
        assertThat(call)
                .endsWith(
                        "train",
                        "spark.master=spark://master:7077",
                        "spark.executor.extraJavaOptions=-Da=1 -Db=2",
                        "spark.master=local[1]",
                        "train.epochs=3");
    }

    @Test
    void everyKeyOfTheClustersSettingsIsExplainedInALine() throws IOException {
        for (String cluster : List.of("standalone", "yarn", "kubernetes")) {
            List<String> lines = Files.readAllLines(Path.of("../conf/spark-" + cluster + ".conf"));
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).startsWith("spark.")) {
                    boolean group = lines.get(i).startsWith("spark.executorEnv.");
                    assertThat(lines.get(i - 1))
                            .as(cluster + ": " + lines.get(i))
                            .startsWith(group ? "" : "# ");
                }
            }
        }
    }
}
