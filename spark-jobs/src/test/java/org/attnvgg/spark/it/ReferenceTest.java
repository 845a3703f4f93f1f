package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructField;
import org.attnvgg.image.RejectReason;
import org.attnvgg.spark.cli.ExitCode;
import org.attnvgg.spark.config.KeySpec;
import org.attnvgg.spark.config.SettingsReference;
import org.attnvgg.spark.prepare.MarkingRejectReason;
import org.attnvgg.spark.sql.SqlReference;
import org.attnvgg.spark.table.ScoreTables;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The pages of docs/reference say what the code says. With {@code -Dreference.write=true} they are written anew. */
class ReferenceTest {

    private static final Path FOLDER = Path.of("../docs/reference");

    /** A page, made of the one home of what it lists. */
    enum Page {
        SETTINGS("settings.md", "Settings") {
            @Override
            String body() {
                String intro = """
                        The command line stands over the file that `ATTNVGG_SPARK_CONF` names, over `--conf FILE`
                        (HOCON), over these defaults. Keys of Spark (`spark.…`) are passed on to it.
                        """;
                return intro
                        + SettingsReference.sections().entrySet().stream()
                                .map(section -> "\n## %s\n\n".formatted(section.getKey())
                                        + section.getValue().stream()
                                                .map(Page::key)
                                                .collect(Collectors.joining("\n")))
                                .collect(Collectors.joining());
            }
        },
        TABLES("tables.md", "Tables") {
            @Override
            String body() {
                return ScoreTables.NAMES.stream().map(Page::columns).collect(Collectors.joining("\n"));
            }
        },
        VIEWS_AND_FUNCTIONS("views-and-functions.md", "Views and functions") {
            @Override
            String body() {
                return "## Views\n\n" + items(SqlReference.views().stream())
                        + "\n## Functions\n\n"
                        + items(SqlReference.functions().stream());
            }
        },
        EXIT_CODES("exit-codes.md", "Exit codes") {
            @Override
            String body() {
                return items(Stream.of(ExitCode.values()).map(code -> List.of("" + code.code(), code.text())));
            }
        },
        REJECT_REASONS("reject-reasons.md", "Reject reasons") {
            @Override
            String body() {
                return "## Images, in the table `rejects`\n\n"
                        + items(Stream.of(RejectReason.values()).map(one -> List.of(one.toString(), one.text())))
                        + "\n## Rows of marking files, in the table `rejects` of `prepare`\n\n"
                        + items(Stream.of(MarkingRejectReason.values())
                                .map(one -> List.of(one.toString(), one.text())));
            }
        };

        private final String file;
        private final String title;

        Page(String file, String title) {
            this.file = file;
            this.title = title;
        }

        abstract String body();

        String text() {
            return "# %s\n\n%s".formatted(title, body());
        }

        private static String key(KeySpec key) {
            String value = key.defaultText().isEmpty() ? "required" : "default `" + key.defaultText() + "`";
            return item(key.name(), ", " + value + ": " + key.allowed() + ".", key.text());
        }

        private static String columns(String table) {
            return Stream.of(ScoreTables.schema(table).fields())
                    .map(Page::column)
                    .collect(Collectors.joining("\n", "## " + table + "\n\n", ""));
        }

        private static String column(StructField column) {
            String type = " " + column.dataType().sql() + (column.nullable() ? ", may be null." : ".");
            return item(column.name(), type, column.getComment().getOrElse(() -> "") + ".");
        }

        /** A name in code, what follows it on its line, and a text below. */
        private static String item(String name, String behind, String text) {
            String head = wrapped("- `" + name + "`" + behind, "  ").strip();
            return head + "\n" + wrapped(text, "  ") + "\n";
        }

        private static String items(Stream<List<String>> namesAndTexts) {
            return namesAndTexts.map(pair -> item(pair.get(0), "", pair.get(1))).collect(Collectors.joining("\n"));
        }

        private static String wrapped(String text, String indent) {
            StringBuilder lines = new StringBuilder(indent);
            int length = indent.length();
            for (String word : text.split(" ", -1)) {
                if (length + word.length() > 98) {
                    lines.append('\n').append(indent);
                    length = indent.length();
                }
                lines.append(length > indent.length() ? " " : "").append(word);
                length += word.length() + 1;
            }
            return lines.toString();
        }
    }

    @ParameterizedTest
    @EnumSource(Page.class)
    void everyPageIsWhatTheCodeSays(Page page) throws IOException {
        Path file = FOLDER.resolve(page.file);
        if (Boolean.getBoolean("reference.write")) {
            Files.writeString(file, page.text());
        }
        assertThat(file)
                .as("./mvnw -pl core,spark-jobs -am test -Dtest=ReferenceTest -Dreference.write=true"
                        + " -Dsurefire.failIfNoSpecifiedTests=false writes it")
                .hasContent(page.text());
    }
}
