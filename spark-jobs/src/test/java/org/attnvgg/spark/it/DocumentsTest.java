package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The documents: links lead somewhere, named classes exist, versions are the build's, and lines fit a screen. */
class DocumentsTest {

    private static final int README_LINES = 120;
    private static final int LINE_LENGTH = 100;

    private static Stream<Path> documents() throws IOException {
        return Documents.all().stream();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyLinkLeadsToAFileAndAHeading(Path document) throws IOException {
        for (String link : Documents.links(document)) {
            String[] parts = link.split("#", 2);
            Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]);
            assertThat(target).as(link).exists();
            if (parts.length == 2) {
                assertThat(Documents.anchors(target)).as(link).contains(parts[1]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void aLineFitsAScreen(Path document) throws IOException {
        assertThat(Files.readAllLines(document))
                .filteredOn(line -> line.length() > LINE_LENGTH)
                .isEmpty();
    }

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(Files.readAllLines(Documents.ROOT.resolve("README.md"))).hasSizeLessThanOrEqualTo(README_LINES);
    }

    @Test
    void theReadmeNamesTheVersionsOfTheBuild() throws IOException {
        String pom = Files.readString(Documents.ROOT.resolve("pom.xml"));
        String readme = Files.readString(Documents.ROOT.resolve("README.md"));
        for (String dependency : List.of("spark", "djl", "pytorch")) {
            Matcher version = Pattern.compile("<dep\\." + dependency + "\\.version>(.*?)<")
                    .matcher(pom);
            assertThat(version.find()).as(dependency).isTrue();
            assertThat(readme).contains(" " + version.group(1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ARCHITECTURE.md", "CONTRIBUTING.md"})
    void everyNamedClassExists(String name) throws IOException {
        Set<String> classes = new TreeSet<>();
        for (String module : List.of("core", "spark-jobs")) {
            try (Stream<Path> files = Files.walk(Documents.ROOT.resolve(module + "/src"))) {
                files.map(file -> file.getFileName().toString())
                        .filter(file -> file.endsWith(".java"))
                        .forEach(file -> classes.add(file.replace(".java", "")));
            }
        }
        List<String> named = Documents.inlineCode(Documents.ROOT.resolve(name)).stream()
                .filter(code -> code.matches("[A-Z]+[a-z][A-Za-z0-9]*"))
                .toList();
        assertThat(named).isNotEmpty();
        assertThat(named)
                .as("named classes without a source")
                .filteredOn(code -> !classes.contains(code))
                .isEmpty();
    }
}
