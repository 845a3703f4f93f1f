package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.prepare.PrepareJob;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other users of the machine find of a job that the launcher started, and what the locale does to it. */
class SharedHostIT {

    private static final String SECRET = "a-secret-of-the-file";

    @TempDir
    private static Path folder;

    private static SmallArchive archive;
    private static Path sparkConf;

    @BeforeAll
    static void makeTablesAndTroublesomeNames() throws Exception {
        archive = SmallArchive.in(folder);
        archive.rescore();
        archive.image("Müller", 6);
        // In Latin-1, which Java cannot write.
        String names =
                "cd archive && cp Müller.jpg \"$(printf 'M\\374ller.jpg')\" && mkdir \"$(printf 'St\\366rung')\"";
        Process process = new ProcessBuilder("sh", "-c", names)
                .directory(folder.toFile())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
        sparkConf = Files.writeString(
                folder.resolve("spark.conf"),
                "spark.master local[2]\nspark.hadoop.fs.s3a.secret.key " + SECRET
                        + "\nspark.attnvgg.mark from-the-file\n");
    }

    private static ProcessBuilder launcher(String umask, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "umask " + umask + "; exec \"$@\"",
                "sh",
                Path.of("../submit/attnvgg").toAbsolutePath().normalize().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeAll(List.of("SPARK_HOME", "SPARK_LOCAL_IP", "LANG", "LC_CTYPE"));
        environment.put("LC_ALL", "C");
        environment.put("TMPDIR", temporary().toString());
        environment.put("ATTNVGG_MEMORY", "1g");
        environment.put("ATTNVGG_JAVA_OPTIONS", Driver.QUICK_START);
        environment.put("ATTNVGG_SPARK_CONF", sparkConf.toString());
        return builder;
    }

    private static Path temporary() {
        try {
            return Files.createDirectories(folder.resolve("tmp"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Path> temporaryFolders() throws IOException {
        try (Stream<Path> all = Files.list(temporary())) {
            return all.toList();
        }
    }

    private static Driver start(String name, ProcessBuilder builder) throws IOException {
        Path log = folder.resolve(name + ".log");
        return new Driver(builder.redirectOutput(log.toFile()).start(), log);
    }

    /** Permissions of all that is in a folder, files and folders apart. */
    private static Set<String> permissions(Path where, boolean folders) throws IOException {
        try (Stream<Path> all = Files.walk(where)) {
            return all.filter(path -> Files.isDirectory(path) == folders)
                    .map(SharedHostIT::permissions)
                    .collect(Collectors.toSet());
        }
    }

    private static String permissions(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRunningJobShowsOthersNeitherSecretsNorPortsNorFiles() throws Exception {
        Driver killed = start("killed", launcher("022", "sql", "sql.tables=" + archive.tables()));
        try (killed) {
            ask(killed, "SELECT 'started' AS answer;");
            killed.awaitOutput("\nstarted");
            Path process = Path.of("/proc/" + killed.process().pid());
            assertThat(Files.readString(process.resolve("cmdline")))
                    .contains("org.attnvgg.spark.cli.Main", sparkConf.toString())
                    .doesNotContain(SECRET);
            ask(killed, "SET spark.attnvgg.mark; SET spark.ui.killEnabled;");
            killed.awaitOutput("spark.ui.killEnabled\tfalse");
            assertThat(killed.output()).contains("spark.attnvgg.mark\tfrom-the-file");

            List<Listener> listeners = Listener.of(process);
            assertThat(listeners).extracting(Listener::address).containsOnly("127.0.0.1");
            assertThat(listeners).anyMatch(listener -> hasPages(listener.port()));
            assertThat(temporaryFolders())
                    .singleElement()
                    .satisfies(own -> assertThat(permissions(own)).isEqualTo("rwx------"));
        }
        assertThat(killed.await()).isNotZero();
        assertThat(temporaryFolders()).as("what a killed process leaves").hasSize(1);
        try (Driver next = start("next", launcher("022", "sql", "sql.tables=" + archive.tables(), "-e", "SELECT 1"))) {
            assertThat(next.await()).as(next.output()).isZero();
        }
        assertThat(temporaryFolders()).isEmpty();
    }

    private static void ask(Driver driver, String statements) throws IOException {
        driver.process().getOutputStream().write((statements + "\n").getBytes(StandardCharsets.UTF_8));
        driver.process().getOutputStream().flush();
    }

    private static boolean hasPages(int port) {
        try {
            var page = (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/environment/")
                    .toURL()
                    .openConnection();
            page.setReadTimeout(10_000);
            return page.getResponseCode() == HttpURLConnection.HTTP_OK
                    && !new String(page.getInputStream().readAllBytes(), StandardCharsets.UTF_8).contains(SECRET);
        } catch (IOException e) {
            return false; // another protocol
        }
    }

    @Test
    void theUmaskHoldsForTablesAndNamesInAnyLocale() throws Exception {
        Path out = folder.resolve("scores");
        String[] score = {
            "score", "score.model=" + folder + "/model", "score.images=" + folder + "/archive", "score.out=" + out
        };
        try (Driver driver = start("score", launcher("027", score))) {
            assertThat(driver.await()).as(driver.output()).isZero();
            assertThat(driver.output())
                    .contains("7 images")
                    .containsPattern("WARNING: 2 names of files or folders are not UTF-8 and were left out; first: "
                            + folder + "/archive/M.ller.jpg");
        }
        assertThat(permissions(out, false)).containsOnly("rw-r-----");
        assertThat(permissions(out, true)).containsOnly("rwxr-x---");
    }

    @Test
    void whereJavaCannotReadAllNamesNothingIsScored() throws Exception {
        Path tools = Files.createDirectories(folder.resolve("tools"));
        Path locale = Files.writeString(tools.resolve("locale"), "#!/bin/sh\necho UTF-8\n");
        assertThat(locale.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder = launcher(
                "022",
                "score",
                "score.model=" + folder + "/model",
                "score.images=" + folder + "/archive",
                "score.out=" + folder + "/none");
        builder.environment().put("PATH", tools + ":" + System.getenv("PATH"));
        try (Driver driver = start("refused", builder)) {
            assertThat(driver.await()).isEqualTo(1);
            assertThat(driver.output())
                    .contains("attnvgg: failed: score.images = " + folder
                            + "/archive is on a local disk, but this Java reads"
                            + " names of files as ANSI_X3.4-1968, so that some would be left out; start it with"
                            + " LC_ALL=C.UTF-8 in the environment")
                    .doesNotContain("\tat ");
        }
        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void anExecutorThatCannotReadAllNamesListsNothing() throws Exception {
        String[] rescore = {
            "rescore",
            "rescore.dry-run=true",
            "score.model=" + folder + "/model",
            "score.images=" + folder + "/archive",
            "rescore.tables=" + archive.tables(),
            "spark.master=local-cluster[1,1,1024]",
            "spark.executor.memory=700m",
            "spark.executorEnv.LC_ALL=C"
        };
        try (Driver driver = start("executor", launcher("022", rescore))) {
            assertThat(driver.await()).isEqualTo(1);
            assertThat(driver.output())
                    .contains("attnvgg: failed: file:" + folder + "/archive")
                    .contains("is on a local disk, but this Java reads names of files as ANSI_X3.4-1968")
                    .contains("executors with spark.executorEnv.LC_ALL=C.UTF-8");
        }
    }

    @Test
    void rescoreAndPrepareSayWhichNamesTheyLeftOut() throws IOException {
        Path marking = Files.writeString(folder.resolve("marking.csv"), "image_id,target\nMüller,1\nward0/P0,0\n");
        try (PrintedOutput printed = new PrintedOutput()) {
            archive.rescore("rescore.dry-run", true);
            assertThat(printed.text())
                    .containsOnlyOnce("WARNING: 2 names of files or folders are not UTF-8 and were left out; first: "
                            + folder + "/archive/M\uFFFDller.jpg; rename them to have them read");
        }
        try (PrintedOutput printed = new PrintedOutput()) {
            Settings settings = LocalSpark.settings(
                    "prepare.marking",
                    marking,
                    "prepare.images",
                    folder + "/archive",
                    "prepare.out",
                    folder + "/prepared",
                    "prepare.check-images",
                    true);
            new PrepareJob(new JobContext(LocalSpark.session(), settings, false)).run();
            assertThat(printed.text()).containsOnlyOnce("WARNING: 2 names of files or folders are not UTF-8");
        }
    }
}
