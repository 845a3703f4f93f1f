package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of {@code conf} and {@code submit}: each is run by a test, or named here as one that no test runs. */
class DeliveredFilesTest {

    /** A file, or a folder of files, and the test that runs it. */
    private static final Map<String, String> RUN_BY = Map.ofEntries(
            Map.entry("conf/attnvgg.conf", "DeliveredSettingsIT"),
            Map.entry("conf/gpu-discovery.sh", "DeliveredFilesTest"),
            Map.entry("conf/log4j2.properties", "DeadlyImageIT"),
            Map.entry("conf/spark-yarn.conf", "YarnIT"),
            Map.entry("conf/sql", "SqlIT"),
            Map.entry("submit/attnvgg", "LauncherTest"),
            Map.entry("submit/kubernetes", "DeliveredFilesTest"),
            Map.entry("submit/standalone", "DeliveredFilesTest"),
            Map.entry("submit/yarn", "DeliveredFilesTest"));

    /** A file, and what running it would need. Tests read them all the same. */
    private static final Map<String, String> NOT_RUN = Map.of(
            "conf/spark-kubernetes.conf", "Kubernetes",
            "conf/spark-standalone.conf", "a cluster with GPUs",
            "submit/nightly/airflow_dag.py", "Airflow",
            "submit/nightly/attnvgg-rescore.service", "systemd",
            "submit/nightly/attnvgg-rescore.timer", "systemd",
            "submit/nightly/cronjob.yaml", "Kubernetes");

    private static final Path ROOT = Path.of("..");

    @TempDir
    private Path folder;

    @Test
    void everyFileIsRunByATestOrNamedAsNotRun() throws IOException {
        List<String> unknown = new ArrayList<>();
        for (String top : List.of("conf", "submit")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(top))) {
                files.filter(Files::isRegularFile)
                        .map(file -> ROOT.relativize(file).toString())
                        .filter(file -> RUN_BY.keySet().stream()
                                .noneMatch(run -> file.equals(run) || file.startsWith(run + "/")))
                        .filter(file -> !NOT_RUN.containsKey(file))
                        .forEach(unknown::add);
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(NOT_RUN.keySet())
                .allSatisfy(file -> assertThat(ROOT.resolve(file)).exists());
        for (Map.Entry<String, String> run : RUN_BY.entrySet()) {
            String test = Files.readString(Path.of("src/test/java/org/attnvgg/spark/it/" + run.getValue() + ".java"));
            assertThat(test).as(run.getValue()).contains(run.getKey());
        }
    }

    private String script(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file.toString();
    }

    private List<String> run(Map<String, String> environment, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("ATTNVGG_SPARK_CONF", "SPARK_HOME", "HADOOP_CONF_DIR"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"submit/standalone", "submit/yarn", "submit/kubernetes"})
    void aClustersLauncherHandsOverWithTheSettingsOfItsOwn(String launcher) throws Exception {
        String name = launcher.substring("submit/".length());
        script(
                "submit/attnvgg",
                "#!/bin/sh\necho \"$ATTNVGG_SPARK_CONF\"\nfor argument; do echo \"$argument\"; done\n");
        String copy = script(launcher, Files.readString(ROOT.resolve(launcher)));
        Map<String, String> cluster = Map.of("SPARK_HOME", "/opt/spark", "HADOOP_CONF_DIR", "/etc/hadoop");
        String home = folder.toRealPath().toString();
        assertThat(run(cluster, copy, "train", "train.epochs=3"))
                .startsWith(home + "/conf/spark-" + name + ".conf", "train", "train.epochs=3");
        Map<String, String> own = new TreeMap<>(cluster);
        own.put("ATTNVGG_SPARK_CONF", "/etc/own.conf");
        assertThat(run(own, copy, "score")).startsWith("/etc/own.conf", "score");
    }

    @Test
    void gpusAreFoundAsSparkReadsThemAndNoneWithoutNvidiaSmi() throws Exception {
        String discovery =
                ROOT.resolve("conf/gpu-discovery.sh").toAbsolutePath().toString();
        assertThat(run(Map.of("PATH", folder.toString()), "/bin/bash", discovery))
                .containsExactly("{\"name\": \"gpu\", \"addresses\": []}");
        script("nvidia-smi", "#!/bin/bash\n[[ $1 == --query-gpu=index ]] && printf '0\\n1\\n'\n");
        assertThat(run(Map.of("PATH", folder.toString()), "/bin/bash", discovery))
                .containsExactly("{\"name\": \"gpu\", \"addresses\": [\"0\", \"1\"]}");
    }

    @Test
    void everyScheduleOfTheNightStartsTheSameCommand() throws IOException {
        for (String file : List.of("airflow_dag.py", "attnvgg-rescore.service", "cronjob.yaml")) {
            String plain =
                    Files.readString(ROOT.resolve("submit/nightly/" + file)).replaceAll("[\",\\[\\]]", "");
            assertThat(plain).contains("/opt/attnvgg/submit/attnvgg rescore --conf /etc/attnvgg/attnvgg.conf");
        }
    }
}
