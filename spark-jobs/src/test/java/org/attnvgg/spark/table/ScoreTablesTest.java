package org.attnvgg.spark.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.StructField;
import org.junit.jupiter.api.Test;

/** Columns of the score tables, which others' queries depend on. */
class ScoreTablesTest {

    @Test
    void theVersionSaysWhichColumnsThereAre() throws Exception {
        assertThat(columns())
                .as("columns added? Then raise ScoreTables.VERSION, and list them in tables/version-N.txt")
                .containsExactlyInAnyOrderElementsOf(version(ScoreTables.VERSION));
    }

    @Test
    void noColumnOfAnEarlierVersionIsEverGoneOrOfAnotherType() throws Exception {
        for (int version = 1; version <= ScoreTables.VERSION; version++) {
            assertThat(columns()).containsAll(version(version));
        }
    }

    @Test
    void columnsThatOlderRowsLackMayBeNull() throws Exception {
        List<String> first = version(1);
        for (String table : ScoreTables.NAMES) {
            for (StructField field : ScoreTables.schema(table).fields()) {
                if (!first.contains(column(table, field))) {
                    assertThat(field.nullable()).as(table + "." + field.name()).isTrue();
                }
            }
        }
    }

    @Test
    void everyColumnSaysWhatItMeans() {
        for (String table : ScoreTables.NAMES) {
            for (StructField field : ScoreTables.schema(table).fields()) {
                assertThat(field.getComment().getOrElse(() -> ""))
                        .as(table + "." + field.name())
                        .isNotBlank();
                if (field.nullable()) {
                    assertThat(field.getComment().get())
                            .as(table + "." + field.name())
                            .contains("null: ");
                }
            }
        }
    }

    private static List<String> columns() {
        List<String> columns = new ArrayList<>();
        for (String table : ScoreTables.NAMES) {
            for (StructField field : ScoreTables.schema(table).fields()) {
                columns.add(column(table, field));
            }
        }
        return columns;
    }

    private static String column(String table, StructField field) {
        return table + "." + field.name() + " "
                + field.dataType().sql().replace(",", ", ").replace(",  ", ", ");
    }

    private static List<String> version(int version) throws Exception {
        try (InputStream in = ScoreTablesTest.class.getResourceAsStream("/tables/version-" + version + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }
}
