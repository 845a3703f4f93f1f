package org.attnvgg.spark.table;

import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.TableFormat;
import org.attnvgg.spark.config.TableLocation;
import org.attnvgg.spark.job.JobException;

/** Opens score tables. */
public final class ScoreStores {

    private ScoreStores() {}

    /** The tables of a location, which need not be there yet. */
    public static ScoreStore open(SparkSession spark, TableLocation location) {
        return location.format() == TableFormat.ICEBERG
                ? new IcebergStore(IcebergTables.of(spark, location.key(), location.value()))
                : parquet(spark, location.value());
    }

    /** The tables of a location, which must be there. */
    public static ScoreStore existing(SparkSession spark, TableLocation location) {
        ScoreStore store = open(spark, location);
        if (!store.exists()) {
            throw new JobException("%s: no table %s there; expected what score or rescore wrote with table.format = %s"
                    .formatted(location, ScoreTables.RUNS, location.format()));
        }
        return store;
    }

    /** Parquet files in a folder. */
    public static ScoreStore parquet(SparkSession spark, String folder) {
        return new ParquetStore(spark, folder);
    }
}
