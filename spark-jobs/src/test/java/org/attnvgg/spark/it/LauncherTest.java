package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        Files.createDirectories(file.getParent());
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
        builder.environment().keySet().removeAll(List.of("SPARK_HOME", "SPARK_LOCAL_IP", "ATTNVGG_SPARK_CONF"));
        builder.environment().put("TMPDIR", home.toString());
        builder.environment().put("JAVA_HOME", home + "/jdk");
        builder.environment().putAll(environment);
        return builder.start();
    }

    @Test
    void aCheckoutIsBuiltWhereThereIsNoJar() throws Exception {
        assertThat(launch(Map.of(), "demo"))
                .startsWith("attnvgg: building once; this takes minutes and downloads libraries", "built");
        Path source = home.resolve("core/src/main/A.java");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        assertThat(launch(Map.of(), "demo")).doesNotContain("built");
    }

    @Test
    void anInstalledCopyIsNeverBuilt() throws Exception {
        Files.delete(home.resolve("pom.xml"));
        Process process = start(Map.of(), "score");
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(
                        "attnvgg: %1$s/spark-jobs/target has no attnvgg-spark-jobs-*-all.jar, and %1$s is no checkout to build it from; copy that folder too%n"
                                .formatted(home.toRealPath()));
        assertThat(process.waitFor()).isEqualTo(2);
    }

    @Test
    void embedsSparkInOneJvm() throws Exception {
        List<String> call = launch(Map.of("ATTNVGG_MEMORY", "9g"), "train", "train.epochs=3", "spark.master=local[2]");
        assertThat(call)
                .contains("-Xmx9g", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "-Dattnvgg.terminal=false")
                .endsWith("org.attnvgg.spark.cli.Main", "train", "train.epochs=3", "spark.master=local[2]");
        assertThat(call.get(call.indexOf("-cp") + 1))
                .isEqualTo("%1$s/attnvgg-spark-jobs-1-all.jar:%1$s/native/*:%1$s/iceberg/*:spark.jar"
                        .formatted(home.toRealPath() + "/spark-jobs/target"));
    }

    @Test
    void handsOverToSparkSubmitWithSparksOwnKeysAsItsOptions() throws Exception {
        List<String> call =
                launch(Map.of("SPARK_HOME", home + "/spark"), "score", "score.out=a b", "spark.executor.memory=2g");
        assertThat(call)
                .containsSequence("--conf", "spark.executor.memory=2g")
                .containsSequence("--class", "org.attnvgg.spark.cli.Main")
                .containsSequence("--jars", home.toRealPath() + "/spark-jobs/target/native/libtorch.jar")
                .endsWith("score", "score.out=a b");
    }

    private String sparkConf() throws IOException {
        return Files.writeString(home.resolve("spark.conf"), """
                # a comment
                spark.master            spark://master:7077
                spark.driver.host       192.0.2.7
                spark.hadoop.fs.s3a.secret.key = hidden
                """).toString();
    }

    @Test
    void aFileOfSparksSettingsIsPassedByNameSoThatNoValueIsAnArgument() throws Exception {
        String conf = sparkConf();
        Map<String, String> environment = Map.of("ATTNVGG_SPARK_CONF", conf);
        List<String> embedded = launch(environment, "train", "spark.master=local[1]", "train.epochs=3");
        assertThat(embedded)
                .contains("-Dattnvgg.spark.conf=" + conf)
                .endsWith("org.attnvgg.spark.cli.Main", "train", "spark.master=local[1]", "train.epochs=3");
        List<String> submitted =
                launch(Map.of("ATTNVGG_SPARK_CONF", conf, "SPARK_HOME", home + "/spark"), "train", "spark.task.cpus=2");
        assertThat(submitted)
                .containsSequence("--properties-file", conf)
                .containsSequence("--conf", "spark.task.cpus=2")
                .endsWith("train");
        assertThat(String.join("\n", embedded) + String.join("\n", submitted)).doesNotContain("hidden", "7077");
    }

    @Test
    void sparkSubmitIsSaidToReadThatFileInPlaceOfItsOwn() throws Exception {
        Files.createDirectories(home.resolve("spark/conf"));
        Files.writeString(home.resolve("spark/conf/spark-defaults.conf"), "spark.master yarn");
        String conf = sparkConf();
        assertThat(launch(Map.of("ATTNVGG_SPARK_CONF", conf, "SPARK_HOME", home + "/spark"), "train"))
                .contains("attnvgg: spark-submit reads %s in place of %s/spark/conf/spark-defaults.conf"
                        .formatted(conf, home));
    }

    @ParameterizedTest
    @CsvSource({
        "spark.hadoop.fs.s3a.secret.key=hidden, spark.hadoop.fs.s3a.secret.key",
        "spark.ssl.keyPassword=hidden, spark.ssl.keyPassword",
        "spark.hadoop.fs.s3a.session.TOKEN=hidden, spark.hadoop.fs.s3a.session.TOKEN",
        "spark.hadoop.fs.s3a.access.key=hidden, spark.hadoop.fs.s3a.access.key",
        "--spark.authenticate.secret=hidden, --spark.authenticate.secret",
        "--conf=spark.authenticate.secret=hidden, spark.authenticate.secret",
        "fs.s3a.secret.key=hidden, fs.s3a.secret.key",
        "spark.driver.extraJavaOptions=-Dx=1 -Djavax.net.ssl.keyStorePassword=hidden, spark.driver.extraJavaOptions"
    })
    void aSecretAmongTheArgumentsIsRefusedBeforeAnythingStarts(String argument, String key) throws Exception {
        for (String spark : List.of("", home + "/spark")) {
            Process process = start(Map.of("SPARK_HOME", spark), "score", argument);
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isEqualTo(2);
            assertThat(output.lines().toList())
                    .last()
                    .isEqualTo("attnvgg: " + key
                            + " is a secret, and every user of this machine can read the command line;"
                            + " put it into the file that ATTNVGG_SPARK_CONF names, or into --conf FILE, readable by you"
                            + " alone");
            assertThat(output).doesNotContain("hidden");
        }
    }

    @Test
    void aStatementThatSpeaksOfSecretsIsNone() throws Exception {
        String[] call = {"sql", "-e", "SELECT * FROM runs WHERE token = 1", "sql.tables=/data/password=1"};
        assertThat(launch(Map.of(), call)).endsWith(call);
    }

    @Test
    void aSecretAmongTheOptionsOfJavaIsRefusedAndAFileOfThemTaken() throws Exception {
        Process process = start(Map.of("ATTNVGG_JAVA_OPTIONS", "-Xss2m -Daws.secretKey=hidden"), "score");
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("attnvgg: ATTNVGG_JAVA_OPTIONS: -Daws.secretKey is a secret", "as @FILE")
                .doesNotContain("hidden");
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(launch(Map.of("ATTNVGG_JAVA_OPTIONS", "@/etc/attnvgg/java.options"), "score"))
                .contains("@/etc/attnvgg/java.options");
    }

    @Test
    void aUserWithoutANameIsTold() throws Exception {
        script("nameless/id", "#!/bin/sh\nexit 1\n");
        Process process = start(Map.of("PATH", home + "/nameless:" + System.getenv("PATH")), "score");
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("attnvgg: this user has a number but no name");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    @Test
    void aFileOfSettingsThatIsNotThereIsSaid() throws Exception {
        Process process = start(Map.of("ATTNVGG_SPARK_CONF", "/no/such.conf"), "score");
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("attnvgg: ATTNVGG_SPARK_CONF = /no/such.conf: no such file, or not readable");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    /** What the program's process finds in its environment. */
    private List<String> environment(Map<String, String> environment, String... arguments) throws Exception {
        script("jdk/bin/java", "#!/bin/sh\nenv\n");
        script("spark/bin/spark-submit", "#!/bin/sh\nenv\n");
        return launch(environment, arguments);
    }

    @Test
    void sparksPagesListenOnThisMachineAloneInLocalModeAndAtTheDriversAddressElsewhere() throws Exception {
        String here = "SPARK_LOCAL_IP=127.0.0.1";
        assertThat(environment(Map.of(), "score")).contains(here);
        assertThat(environment(Map.of(), "score", "spark.master=local-cluster[2,1,1024]"))
                .contains(here);
        assertThat(environment(Map.of("SPARK_LOCAL_IP", "192.0.2.1"), "score")).contains("SPARK_LOCAL_IP=192.0.2.1");
        assertThat(environment(Map.of(), "score", "spark.master=spark://m:7077", "spark.driver.bindAddress=192.0.2.2"))
                .contains("SPARK_LOCAL_IP=192.0.2.2");
        assertThat(environment(Map.of(), "score", "spark.master=spark://m:7077"))
                .doesNotContain(here);
        Map<String, String> file = Map.of("ATTNVGG_SPARK_CONF", sparkConf());
        assertThat(environment(file, "score")).contains("SPARK_LOCAL_IP=192.0.2.7");
        assertThat(environment(file, "score", "spark.master=local[2]")).contains(here);
        Path own = Files.writeString(home.resolve("own.conf"), "spark { master = \"spark://m:7077\" }");
        assertThat(environment(Map.of(), "score", "--conf", own.toString())).doesNotContain(here);
        assertThat(environment(Map.of("SPARK_HOME", home + "/spark"), "score", "spark.submit.deployMode=cluster"))
                .noneMatch(line -> line.startsWith("SPARK_LOCAL_IP="));
    }

    @ParameterizedTest
    @CsvSource({"C, C.UTF-8", "POSIX, C.UTF-8", "'', C.UTF-8", "xx_XX.UTF-8, C.UTF-8", "C.UTF-8, C.UTF-8"})
    void javaStartsInALocaleThatShowsAllNamesOfFiles(String given, String expected) throws Exception {
        assertThat(environment(Map.of("LC_ALL", given, "LANG", given), "score")).contains("LC_ALL=" + expected);
    }

    @Test
    void driversOnClustersGetSuchALocaleUnlessTheirSettingsNameOne() throws Exception {
        Map<String, String> spark = Map.of("SPARK_HOME", home + "/spark");
        assertThat(launch(spark, "score", "spark.master=yarn"))
                .containsSequence("--conf", "spark.yarn.appMasterEnv.LC_ALL=C.UTF-8");
        assertThat(launch(spark, "score", "spark.master=k8s://https://m"))
                .containsSequence("--conf", "spark.kubernetes.driverEnv.LC_ALL=C.UTF-8");
        assertThat(launch(spark, "score", "spark.master=yarn", "spark.yarn.appMasterEnv.LC_ALL=en_US.UTF-8"))
                .containsOnlyOnce("spark.yarn.appMasterEnv.LC_ALL=en_US.UTF-8")
                .doesNotContain("spark.yarn.appMasterEnv.LC_ALL=C.UTF-8");
    }

    @Test
    void theProgramGetsATemporaryFolderThatNobodyElseEnters() throws Exception {
        List<String> call = launch(Map.of(), "score");
        String option = call.stream()
                .filter(line -> line.startsWith("-Djava.io.tmpdir="))
                .findFirst()
                .orElseThrow();
        Path folder = Path.of(option.substring(option.indexOf('=') + 1));
        assertThat(call).contains("-Dattnvgg.tmpdir=" + folder);
        assertThat(folder.getParent()).isEqualTo(home);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        assertThat(launch(Map.of("ATTNVGG_JAVA_OPTIONS", "-Djava.io.tmpdir=/scratch"), "score"))
                .containsOnlyOnce("-Djava.io.tmpdir=/scratch")
                .noneMatch(line -> line.startsWith("-Dattnvgg.tmpdir="));
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
