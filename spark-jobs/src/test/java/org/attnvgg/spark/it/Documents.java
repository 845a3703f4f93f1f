package org.attnvgg.spark.it;

import static java.util.function.Predicate.not;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documents of the project, and what tests look for in them. */
public final class Documents {

    static final Path ROOT = Path.of("..");

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    /** Languages of blocks that have commands. */
    private static final List<String> COMMANDS = List.of("bash", "console");

    /** A command of the project, which goes on over lines within quotes. */
    private static final Pattern COMMAND =
            Pattern.compile("(?m)^(?:\\$ )?((?:submit/|\\./mvnw)(?:[^\"'\\n]|\"[^\"]*\"|'[^']*')*)");

    private static final Pattern QUERY = Pattern.compile("-e \"([^\"]*)\"");

    /** A word of a shell: bare, or in quotes, which may go over lines. */
    private static final Pattern WORD = Pattern.compile("(?:[^\\s\"']|\"[^\"]*\"|'[^']*')+");

    private Documents() {}

    static List<Path> all() throws IOException {
        List<Path> documents = new ArrayList<>();
        for (String name : List.of("README", "ARCHITECTURE", "CONTRIBUTING", "CHANGELOG")) {
            documents.add(ROOT.resolve(name + ".md"));
        }
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
        }
        return documents;
    }

    /** Targets of links and images, those to other sites left out. */
    static List<String> links(Path document) throws IOException {
        return found(LINK, prose(document)).stream()
                .filter(not(target -> target.contains("://")))
                .toList();
    }

    /** The names that headings have in links, as GitHub makes them. */
    static List<String> anchors(Path document) throws IOException {
        return found(HEADING, prose(document)).stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}\\s_-]", "")
                        .strip()
                        .replace(' ', '-'))
                .toList();
    }

    /** What stands in backquotes within sentences and tables. */
    static List<String> inlineCode(Path document) throws IOException {
        return found(CODE, prose(document)).stream()
                .map(code -> code.replaceAll("\\s+", " "))
                .toList();
    }

    /** Code blocks of a language. */
    static List<String> blocks(Path document, String language) throws IOException {
        return BLOCK.matcher(Files.readString(document))
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    /** The commands of code blocks, each as the words that the program gets. */
    static List<List<String>> commands(Path document) throws IOException {
        List<List<String>> commands = new ArrayList<>();
        for (String language : COMMANDS) {
            for (String block : blocks(document, language)) {
                String text = block.replace("\\\n", " ").replaceAll("(?m)\\s#.*$", "");
                found(COMMAND, text).forEach(command -> commands.add(words(command)));
            }
        }
        return commands;
    }

    static List<String> words(String command) {
        return WORD.matcher(command)
                .results()
                .map(MatchResult::group)
                .takeWhile(not("|"::equals))
                .map(word -> word.replaceAll("[\"']", ""))
                .toList();
    }

    /** Queries on the tables: statements of code blocks, and of {@code submit/attnvgg sql -e}. */
    public static List<String> queries() throws IOException {
        List<String> queries = new ArrayList<>();
        for (Path document : all()) {
            queries.addAll(blocks(document, "sql"));
            for (String language : COMMANDS) {
                blocks(document, language)
                        .forEach(block -> found(QUERY, block).forEach(query -> queries.add(query.replace("\\`", "`"))));
            }
        }
        return queries;
    }

    private static String prose(Path document) throws IOException {
        return BLOCK.matcher(Files.readString(document)).replaceAll("");
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).toList();
    }
}
