package org.attnvgg.spark.config;

/** What tables of scores are kept in. */
public enum TableFormat {
    /** Folders of Parquet files. */
    PARQUET,
    /** An Apache Iceberg catalog. */
    ICEBERG
}
