package org.attnvgg.spark.config;

import java.util.Optional;

/** Settings of {@code repair}. */
@Section("repair")
public record RepairSettings(
        @Key(
                text =
                        "The run_id of the run to move out of rescore.tables. None: say which runs are damaged, and change"
                                + " nothing.")
        Optional<String> run,

        RescoreTables of) {}
