package org.attnvgg.spark.config;

/** How tables of scores are kept. */
@Section("table")
public record TableSettings(
        @Key(
                value = "parquet",
                text = "What tables are kept in: folders of Parquet files, or an Apache Iceberg catalog"
                        + " of Spark's (spark.sql.catalog.NAME), whose tables are then named CATALOG.NAMESPACE where a folder is"
                        + " asked for.")
        TableFormat format) {

    /** Tables in this format, where another setting says. */
    TableLocation at(String key, String value) {
        return new TableLocation(key, value, format);
    }
}
