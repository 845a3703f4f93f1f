package org.attnvgg.spark.config;

import java.util.Optional;

/** Settings of {@code sql}. */
@Section("sql")
public record SqlSettings(
        @Key(path = true, text = "The folder of the tables that score or rescore wrote.")
        String tables,

        @Key(
                text =
                        "Statements to run, with semicolons between them. Also as -e. Without them and without sql.file: a"
                                + " prompt.")
        Optional<String> query,

        @Key(path = true, text = "A file of statements. Also as -f.")
        Optional<String> file,

        @Key(
                value = "1000",
                unit = "rows",
                atLeast = 1,
                atMost = 1000000,
                text = "Most rows of a result that are shown.")
        int maxRows,

        TableSettings table) {

    public SqlSettings {
        if (query.isPresent() && file.isPresent()) {
            throw new SettingsException("give either sql.query (-e) or sql.file (-f): both are set");
        }
    }

    /** The tables. */
    public TableLocation location() {
        return table.at("sql.tables", tables);
    }
}
