package org.attnvgg.spark.job;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.Settings;

/**
 * What every job is given.
 *
 * @param spark the session
 * @param settings checked settings
 * @param overwrite whether an output of an earlier run may be replaced
 * @param stop whether the process was told to end
 */
public record JobContext(SparkSession spark, Settings settings, boolean overwrite, StopSignal stop) {

    /** What a job is given whose process is not stopped by a signal. */
    public JobContext(SparkSession spark, Settings settings, boolean overwrite) {
        this(spark, settings, overwrite, new StopSignal());
    }

    /** How to reach file systems. */
    public Configuration hadoop() {
        return spark.sparkContext().hadoopConfiguration();
    }

    /**
     * An output folder.
     *
     * @param key of the setting that names it
     * @param folder its value
     * @param landmark what every output of the job holds
     */
    public OutputFolder output(String key, String folder, String landmark) {
        return new OutputFolder(key, folder, landmark, overwrite, hadoop());
    }

    /** Says in Spark's UI what the next Spark jobs are for. */
    public void describe(String job, String what) {
        spark.sparkContext().setJobGroup(job, what, false);
    }
}
