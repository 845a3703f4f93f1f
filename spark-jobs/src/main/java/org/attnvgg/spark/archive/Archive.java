package org.attnvgg.spark.archive;

import java.io.IOException;
import java.sql.Timestamp;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.pipeline.ImageRef;
import org.attnvgg.spark.table.ManifestTable;

/**
 * Every picture that is there now, with length and time of its file: found by the executors, folder by folder, looked up for a
 * manifest, or packed. The driver holds folders at most, never files.
 */
public final class Archive {

    public static final String IMAGE_ID = "image_id";
    public static final String IMAGE_URI = "image_uri";
    /** Null if not known. */
    public static final String TARGET = "target";
    /** Length of the file; null if there is none, or if it is packed and that is not known. */
    public static final String BYTES = "bytes";
    /** Null if there is no file. */
    public static final String MODIFIED_AT = "modified_at";

    /** Beside the others, of chosen pictures: how often each was tried before. */
    public static final String ATTEMPTS = "attempts";

    static final StructType SCHEMA = new StructType()
            .add(IMAGE_ID, DataTypes.StringType, false)
            .add(IMAGE_URI, DataTypes.StringType, false)
            .add(TARGET, DataTypes.IntegerType, true)
            .add(BYTES, DataTypes.LongType, true)
            .add(MODIFIED_AT, DataTypes.TimestampType, true);

    private final JobRun run;
    private final Settings settings;
    private final JavaSparkContext context;
    private final Optional<PackedArchive> packed;
    private final LeftOutNames leftOut = new LeftOutNames();

    /** What {@code score.images} or {@code score.manifest} names. */
    public Archive(JobRun run) {
        this.run = run;
        settings = run.settings();
        context = JavaSparkContext.fromSparkContext(run.spark().sparkContext());
        packed = PackedArchive.of(run.spark(), settings);
        context.sc().register(leftOut);
    }

    /** All pictures, in columns by these names. */
    public Dataset<Row> pictures() {
        settings.requireOneOf("score.images", "score.manifest");
        if (packed.isPresent()) {
            return packed.get().pictures();
        }
        JavaRDD<Row> rows = settings.optionalString("score.manifest").isPresent()
                ? manifest()
                : new FolderListing(run, leftOut).rows();
        return run.spark().createDataFrame(rows, SCHEMA);
    }

    /** Says which names could not be read, once all pictures were listed. */
    public void tellLeftOut() {
        leftOut.tell();
    }

    /** Pictures of these rows, which have {@link #ATTEMPTS} too, in about so many parts. */
    public JavaRDD<ImageRef> refs(Dataset<Row> chosen, int parts) {
        if (packed.isPresent()) {
            return packed.get().refs(chosen);
        }
        return chosen.javaRDD()
                .map(row -> new ImageRef(
                        row.getAs(IMAGE_ID),
                        row.getAs(IMAGE_URI),
                        row.getAs(TARGET),
                        1 + row.<Integer>getAs(ATTEMPTS),
                        null))
                .repartition(parts);
    }

    private JavaRDD<Row> manifest() {
        Broadcast<SerializableConfiguration> hadoop = hadoop();
        return ManifestTable.read(run.spark(), "score.manifest", settings.string("score.manifest"))
                .select(ManifestTable.IMAGE_ID, ManifestTable.IMAGE_URI, ManifestTable.TARGET)
                .javaRDD()
                .map(row -> {
                    FileStatus status = status(row.getString(1), hadoop.value().value());
                    return RowFactory.create(
                            row.get(0),
                            row.get(1),
                            row.get(2),
                            status == null ? null : status.getLen(),
                            status == null ? null : new Timestamp(status.getModificationTime()));
                });
    }

    /** What is at a URI; null if that cannot be told, so that reading it will say why. */
    private static FileStatus status(String uri, Configuration hadoop) {
        try {
            Path path = new Path(uri);
            return path.getFileSystem(hadoop).getFileStatus(path);
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    private Broadcast<SerializableConfiguration> hadoop() {
        return context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
    }
}
