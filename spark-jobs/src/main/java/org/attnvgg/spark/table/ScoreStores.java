package org.attnvgg.spark.table;

import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.config.Settings;

/** Opens score tables in the format that {@code table.format} names. */
public final class ScoreStores {

    private ScoreStores() {}

    /** Whether settings name tables of a catalog, and not folders. */
    public static boolean inCatalog(Settings settings) {
        return settings.string("table.format").equals("iceberg");
    }

    /** The tables that a setting names, which need not be there yet. */
    public static ScoreStore open(SparkSession spark, Settings settings, String key) {
        return inCatalog(settings)
                ? new IcebergStore(IcebergTables.of(spark, key, settings.string(key)))
                : parquet(spark, settings.string(key));
    }

    /** The tables that a setting names, which must be there. */
    public static ScoreStore existing(SparkSession spark, Settings settings, String key) {
        ScoreStore store = open(spark, settings, key);
        if (!store.exists()) {
            throw new JobException("%s = %s: no table %s there; expected what score or rescore wrote%s"
                    .formatted(
                            key,
                            settings.string(key),
                            ScoreTables.RUNS,
                            " with table.format = " + settings.string("table.format")));
        }
        return store;
    }

    /** Parquet files in a folder, whatever {@code table.format} says. */
    public static ScoreStore parquet(SparkSession spark, String folder) {
        return new ParquetStore(spark, folder);
    }
}
