package org.attnvgg.spark.data;

import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.attnvgg.spark.job.FileAccess;
import org.attnvgg.spark.job.JobException;

/** The images to train on and to validate with: one row per image. */
public final class ManifestTable {

    /** The table's folder under {@code prepare.out}. */
    public static final String NAME = "manifest";

    public static final String IMAGE_ID = "image_id";
    public static final String IMAGE_URI = "image_uri";
    /** 1 melanoma, 0 not. */
    public static final String TARGET = "target";
    /** {@link #TRAIN} or {@link #VALIDATION}. */
    public static final String SPLIT = "split";
    /** Patient or lesion; null where none is known. */
    public static final String GROUP = "group";

    public static final String TRAIN = "train";
    public static final String VALIDATION = "validation";

    /** The columns. */
    public static final StructType SCHEMA = new StructType()
            .add(IMAGE_ID, DataTypes.StringType, false)
            .add(IMAGE_URI, DataTypes.StringType, false)
            .add(TARGET, DataTypes.IntegerType, false)
            .add(SPLIT, DataTypes.StringType, false)
            .add(GROUP, DataTypes.StringType, true);

    private ManifestTable() {}

    /** Reads the table, given its folder or {@code prepare.out}. */
    public static Dataset<Row> read(SparkSession spark, String key, String folder) {
        String path = exists(spark, folder + "/" + NAME) ? folder + "/" + NAME : folder;
        if (!exists(spark, path)) {
            throw new JobException(key + " = " + folder + ": no such table; run prepare first");
        }
        Dataset<Row> table = spark.read().parquet(path);
        List<String> columns = List.of(table.columns());
        for (String column : SCHEMA.fieldNames()) {
            if (!columns.contains(column)) {
                throw new JobException(
                        key + " = " + folder + ": no column " + column + "; expected a manifest that prepare wrote");
            }
        }
        return table;
    }

    private static boolean exists(SparkSession spark, String folder) {
        Path path = new Path(folder);
        return FileAccess.call(
                folder,
                () -> path.getFileSystem(spark.sparkContext().hadoopConfiguration())
                        .exists(path));
    }
}
