package org.attnvgg.spark.config;

import java.util.Locale;

/** What tables of scores are kept in. */
public enum TableFormat {
    /** Folders of Parquet files. */
    PARQUET,
    /** An Apache Iceberg catalog. */
    ICEBERG;

    /** The name in settings. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
