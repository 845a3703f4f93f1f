package org.attnvgg.spark.data;

import java.io.IOException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.spark.config.ArchiveSettings;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;

/**
 * Every image that is there now, with length and time of its file: found by the executors, folder by folder, looked up for a
 * manifest, or packed.
 */
public final class ImageLister {

    public static final String IMAGE_ID = "image_id";
    public static final String IMAGE_URI = "image_uri";
    /** Null if not known. */
    public static final String TARGET = "target";
    /** Length of the file; null if there is none, or if it is packed and that is not known. */
    public static final String BYTES = "bytes";
    /** Null if there is no file. */
    public static final String MODIFIED_AT = "modified_at";

    /** Beside the others, of chosen images: how often each was tried before. */
    public static final String ATTEMPTS = "attempts";

    public static final StructType SCHEMA = new StructType()
            .add(IMAGE_ID, DataTypes.StringType, false)
            .add(IMAGE_URI, DataTypes.StringType, false)
            .add(TARGET, DataTypes.IntegerType, true)
            .add(BYTES, DataTypes.LongType, true)
            .add(MODIFIED_AT, DataTypes.TimestampType, true);

    private final JobContext run;
    private final ArchiveSettings settings;
    private final Optional<PackedImages> packed;
    private final FileLister lister;

    /** What {@code score.images} or {@code score.manifest} names. */
    public ImageLister(JobContext run, ArchiveSettings settings) {
        this.run = run;
        this.settings = settings;
        packed = PackedImages.of(run.spark(), settings);
        String setting = "score.images = " + settings.images().orElse("none");
        lister = new FileLister(run, setting, settings.extensions());
    }

    /** The packed images, if {@code score.images} names such. */
    public Optional<PackedImages> packed() {
        return packed;
    }

    /** All images, in columns by these names. */
    public Dataset<Row> images() {
        if (packed.isPresent()) {
            return packed.get().images();
        }
        return run.spark().createDataFrame(isManifest() ? withFiles(manifest()) : files(), SCHEMA);
    }

    /**
     * All images that are not packed, in the order of their URIs. The driver holds them.
     *
     * @throws JobException if there are none
     */
    public List<ImageRef> refs() {
        JavaRDD<ImageRef> listed = (isManifest() ? manifest() : files()).map(row -> ref(row, 1));
        if (listed.getNumPartitions() > 1) {
            listed.persist(StorageLevel.MEMORY_AND_DISK()).count(); // all at once; the driver takes one after the other
        }
        List<ImageRef> images = new ArrayList<>();
        listed.toLocalIterator().forEachRemaining(images::add);
        listed.unpersist();
        printLeftOut();
        if (images.isEmpty()) {
            String key = isManifest() ? "score.manifest" : "score.images";
            throw new JobException(key + " = " + settings.location() + ": no images there");
        }
        images.sort(Comparator.comparing(ImageRef::uri));
        return images;
    }

    private boolean isManifest() {
        return settings.manifest().isPresent();
    }

    private JavaRDD<Row> files() {
        return lister.matching(settings.location());
    }

    /** Says which files were left out, once all images were listed. */
    public void printLeftOut() {
        if (lister.others() > 0) {
            Console.line(
                    "%,d files without one of score.extensions (%s) are not images and left out",
                    lister.others(), String.join(" ", settings.extensions()));
        }
        lister.printUnreadable();
    }

    /** Images of these rows, which have {@link #ATTEMPTS} too; in {@code parts} partitions, except packed ones. */
    public JavaRDD<ImageRef> refs(Dataset<Row> chosen, int parts) {
        if (packed.isPresent()) {
            return packed.get().refs(chosen);
        }
        return chosen.javaRDD()
                .map(row -> ref(row, 1 + row.<Integer>getAs(ATTEMPTS)))
                .repartition(parts);
    }

    private static ImageRef ref(Row row, int attempt) {
        return new ImageRef(row.getString(0), row.getString(1), (Integer) row.get(2), attempt, null);
    }

    /** The first three columns of the manifest's images. */
    private JavaRDD<Row> manifest() {
        return ManifestTable.read(run.spark(), "score.manifest", settings.location())
                .select(ManifestTable.IMAGE_ID, ManifestTable.IMAGE_URI, ManifestTable.TARGET)
                .javaRDD();
    }

    private JavaRDD<Row> withFiles(JavaRDD<Row> rows) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(run.spark().sparkContext());
        Broadcast<SerializableConfiguration> hadoop =
                context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
        return rows.map(row -> {
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
}
