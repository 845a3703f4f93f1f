package org.attnvgg.spark.config;

import java.time.Duration;

/** The tables that {@code rescore} adds to and {@code repair} mends. */
@Section("rescore")
public record RescoreTables(
        @Key(path = true, text = "The folder of the tables that runs are added to.")
        String tables,

        @Key(
                value = "60",
                unit = "seconds",
                atMost = Key.LONGEST_SECONDS,
                atLeast = 6,
                text = "Without a sign of life for so long another run that"
                        + " holds the tables counts as dead. One that was a process of this machine and has ended is not waited"
                        + " for.")
        Duration lockTimeout,

        TableSettings table) {

    /** The tables. */
    public TableLocation location() {
        return table.at("rescore.tables", tables);
    }
}
