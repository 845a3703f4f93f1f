package org.attnvgg.spark.it;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.job.SparkSessions;

/** The one Spark session of a test run, embedded as the launcher embeds it. */
public final class LocalSpark {

    /** A catalog of Iceberg tables. */
    public static final String CATALOG = "lake";

    private LocalSpark() {}

    public static SparkSession session() {
        return SparkSessions.start(
                "tests",
                Map.of(
                        "spark.master",
                        "local[2]",
                        "spark.ui.enabled",
                        "false",
                        "spark.sql.catalog." + CATALOG,
                        "org.apache.iceberg.spark.SparkCatalog",
                        "spark.sql.catalog." + CATALOG + ".type",
                        "hadoop",
                        "spark.sql.catalog." + CATALOG + ".warehouse",
                        "target/lake"));
    }

    /** Default settings with these put over. */
    public static Settings settings(Object... keysAndValues) {
        Map<String, Object> overrides = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            overrides.put(keysAndValues[i].toString(), keysAndValues[i + 1].toString());
        }
        return Settings.load(Optional.empty(), List.of()).with(overrides);
    }
}
