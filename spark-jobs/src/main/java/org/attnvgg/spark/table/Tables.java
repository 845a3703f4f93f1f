package org.attnvgg.spark.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** What the tables share. */
public final class Tables {

    private Tables() {}

    /** Whether a folder is there. */
    public static boolean existing(SparkSession spark, String folder) {
        try {
            Path path = new Path(folder);
            return path.getFileSystem(spark.sparkContext().hadoopConfiguration())
                    .exists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(folder, e);
        }
    }
}
