package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.attnvgg.spark.cli.Main;
import org.attnvgg.spark.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every command of the documents is one that the program takes. Their queries run in {@code SqlIT}. */
class DocumentedCommandsTest {

    /** Options of jobs that a value follows. */
    private static final Set<String> OPTIONS_WITH_VALUES = Set.of("-e", "-f", "--conf");

    private static Stream<Path> documents() throws IOException {
        return Documents.all().stream();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyCommandIsOneThatTheProgramTakes(Path document) throws IOException {
        for (List<String> command : Documents.commands(document)) {
            if (command.get(0).equals("./mvnw")) {
                checkMaven(command);
            } else {
                assertThat(Documents.ROOT.resolve(command.get(0))).isExecutable();
                List<String> settings = settings(command);
                assertThatCode(() -> Settings.load(Optional.empty(), settings))
                        .as(String.join(" ", command))
                        .doesNotThrowAnyException();
                checkKeys(command.get(1), settings);
            }
        }
    }

    @Test
    void commandsAreFoundAsAShellReadsThem() throws IOException {
        List<List<String>> commands = Documents.commands(Documents.ROOT.resolve("README.md"));
        assertThat(commands).hasSizeGreaterThan(8).contains(List.of("submit/attnvgg", "demo"));
        assertThat(commands)
                .filteredOn(command -> command.contains("-e"))
                .isNotEmpty()
                .allSatisfy(command -> assertThat(command).hasSize(5));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyCommandInASentenceNamesAJobAndItsKeys(Path document) throws IOException {
        for (String code : Documents.inlineCode(document)) {
            List<String> words = Documents.words(code);
            int launcher = words.stream()
                    .map(word -> word.startsWith("submit/"))
                    .toList()
                    .indexOf(true);
            if (launcher >= 0
                    && words.size() > launcher + 1
                    && !words.get(launcher + 1).equals("JOB")) {
                List<String> command = words.subList(launcher, words.size());
                checkKeys(command.get(1), settings(command));
            }
        }
    }

    private static List<String> settings(List<String> command) {
        List<String> settings = new ArrayList<>();
        for (int i = 2; i < command.size(); i++) {
            if (OPTIONS_WITH_VALUES.contains(command.get(i))) {
                i++;
            } else if (!command.get(i).startsWith("--")) {
                settings.add(command.get(i));
            }
        }
        return settings;
    }

    private static void checkKeys(String job, List<String> settings) {
        String help = help(job);
        for (String setting : settings) {
            String key = setting.split("=", 2)[0];
            assertThat(key.startsWith("spark.") || help.contains("\n  " + key + " = "))
                    .as(job + " has no key " + key)
                    .isTrue();
        }
    }

    private static String help(String job) {
        PrintStream standard = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            assertThat(Main.run(job, "--help")).as(job).isZero();
        } finally {
            System.setOut(standard);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Profiles, executions that a command of Maven names are there. */
    private static void checkMaven(List<String> command) throws IOException {
        StringBuilder poms = new StringBuilder();
        for (String pom : List.of("pom.xml", "core/pom.xml", "spark-jobs/pom.xml")) {
            poms.append(Files.readString(Documents.ROOT.resolve(pom)));
        }
        List<String> ids = command.stream()
                .filter(word -> word.startsWith("-P") || word.startsWith("exec:exec@"))
                .map(word -> "<id>" + word.replaceFirst("-P|exec:exec@", "") + "</id>")
                .toList();
        assertThat(ids)
                .as("profiles and executions in no pom")
                .filteredOn(id -> poms.indexOf(id) < 0)
                .isEmpty();
    }
}
