package org.attnvgg.spark.config;

import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/** Settings of {@code report}. */
@Section("report")
public record ReportSettings(
        @Key(path = true, text = "The folder of the tables that score or rescore wrote.")
        String tables,

        @Key(text = "Only the run of this run_id. None: all runs.")
        Optional<String> run,

        @Key(text = "Only runs that started on this day or later, UTC.")
        Optional<LocalDate> from,

        @Key(text = "Only runs that started on this day or before, UTC.")
        Optional<LocalDate> to,

        @Key(path = true, text = "Where to write index.html.")
        String out,

        @Key(value = "6", unit = "images", atLeast = 1, atMost = 50, text = "Images in each row of the figure.")
        int examples,

        @Key(
                value = "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9",
                atLeast = 0,
                atMost = 1,
                text = "Thresholds whose sensitivity and specificity are listed, in probability.")
        List<Double> thresholds,

        ImageSettings image,
        TableSettings table) {

    /** The tables. */
    public TableLocation location() {
        return table.at("report.tables", tables);
    }
}
