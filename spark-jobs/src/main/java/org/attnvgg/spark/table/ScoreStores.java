package org.attnvgg.spark.table;

import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.config.Settings;

/** Opens score tables in the format that {@code table.format} names. */
public final class ScoreStores {

    private ScoreStores() {}

    /** The tables that a setting names, which need not be there yet. */
    public static ScoreStore open(SparkSession spark, Settings settings, String key) {
        return switch (settings.string("table.format")) {
            case "iceberg" -> new IcebergStore(spark, key, settings.string(key));
            default -> parquet(spark, settings, settings.string(key));
        };
    }

    private static boolean splitFloats(Settings settings) {
        return settings.string("table.float-encoding").equals("byte-stream-split");
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

    /** Parquet files in a folder, whatever {@code table.format} says; floats are added as settings have them. */
    public static ScoreStore parquet(SparkSession spark, Settings settings, String folder) {
        return new ParquetStore(spark, folder, splitFloats(settings));
    }

    /** Parquet files in a folder, to be read. */
    public static ScoreStore parquet(SparkSession spark, String folder) {
        return new ParquetStore(spark, folder, false);
    }
}
