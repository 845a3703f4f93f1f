package org.attnvgg.spark.data;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Timestamp;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.StreamSupport;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.mapreduce.InputSplit;
import org.apache.hadoop.mapreduce.lib.input.FileSplit;
import org.apache.hadoop.mapreduce.lib.input.SequenceFileInputFormat;
import org.apache.spark.api.java.JavaNewHadoopRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.spark.config.ArchiveSettings;
import org.attnvgg.spark.job.FileNames;
import org.attnvgg.spark.job.JobException;
import scala.Tuple2;

/**
 * Many images in few files: {@code score.images = parquet:URI}, with the columns id and bytes, or {@code sequence:URI}, of
 * Hadoop's sequence files with Text and BytesWritable. An image's URI is its file's with {@code #id}; a packed file that
 * changes makes all images in it changed ones. Parquet files are listed without their contents; sequence files cannot be.
 */
public final class PackedImages {

    private static final String CONTENT = "content";

    private static final StructType WITH_CONTENT = new StructType()
            .add(ImageLister.IMAGE_ID, DataTypes.StringType)
            .add(ImageLister.IMAGE_URI, DataTypes.StringType)
            .add(ImageLister.MODIFIED_AT, DataTypes.TimestampType)
            .add(CONTENT, DataTypes.BinaryType);

    private final SparkSession spark;
    private final String given;
    private final Dataset<Row> images;

    private PackedImages(SparkSession spark, String given) {
        this.spark = spark;
        this.given = given;
        String where = given.substring(given.indexOf(':') + 1);
        requireUtf8(where);
        images = given.startsWith(PackedUri.PARQUET) ? parquet(where) : sequence(where);
    }

    private void requireUtf8(String where) {
        try {
            Path path = new Path(where);
            FileSystem files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
            FileNames.requireUtf8(files, "score.images = " + given);
            FileStatus[] found = files.globStatus(path);
            if (found == null || found.length == 0) {
                throw new JobException("score.images = " + given + ": no such file or folder");
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new JobException("score.images = " + given + ": " + e.getMessage(), e);
        }
    }

    /** The archive that {@code score.images} names, if it is a packed one. */
    static Optional<PackedImages> of(SparkSession spark, ArchiveSettings settings) {
        return settings.images().filter(PackedUri::isPacked).map(given -> new PackedImages(spark, given));
    }

    private Dataset<Row> parquet(String where) {
        try {
            Dataset<Row> rows = spark.read().option("recursiveFileLookup", true).parquet(where);
            if (!has(rows, "id", StringType.class) || !has(rows, "bytes", BinaryType.class)) {
                throw new JobException(
                        "score.images = %s: expected the columns id, a string, and bytes, binary; found %s"
                                .formatted(given, rows.schema().simpleString()));
            }
            return rows.select(
                    coalesce(col("id"), lit("")).as(ImageLister.IMAGE_ID),
                    concat(lit(PackedUri.PARQUET), col("_metadata.file_path"), lit("#"), coalesce(col("id"), lit("")))
                            .as(ImageLister.IMAGE_URI),
                    col("_metadata.file_modification_time").as(ImageLister.MODIFIED_AT),
                    col("bytes").as(CONTENT));
        } catch (JobException e) {
            throw e;
        } catch (Exception e) { // Spark also throws what it does not declare
            String reason = e instanceof AnalysisException analysis ? analysis.getSimpleMessage() : rootMessage(e);
            throw new JobException("score.images = " + given + ": cannot be read as Parquet: " + reason, e);
        }
    }

    private static String rootMessage(Throwable e) {
        return e.getCause() == null ? String.valueOf(e.getMessage()) : rootMessage(e.getCause());
    }

    private static boolean has(Dataset<Row> rows, String column, Class<?> type) {
        return Arrays.stream(rows.schema().fields())
                .anyMatch(field -> field.name().equals(column) && type.isInstance(field.dataType()));
    }

    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private Dataset<Row> sequence(String where) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        Broadcast<SerializableConfiguration> hadoop =
                context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
        var files = (JavaNewHadoopRDD<Text, BytesWritable>) context.newAPIHadoopFile(
                where, SequenceFileInputFormat.class, Text.class, BytesWritable.class, context.hadoopConfiguration());
        return spark.createDataFrame(
                files.mapPartitionsWithInputSplit((split, entries) -> rows(split, entries, hadoop), true),
                WITH_CONTENT);
    }

    private static Iterator<Row> rows(
            InputSplit split,
            Iterator<Tuple2<Text, BytesWritable>> entries,
            Broadcast<SerializableConfiguration> hadoop) {
        Path file = ((FileSplit) split).getPath();
        try {
            Timestamp modified = new Timestamp(file.getFileSystem(hadoop.value().value())
                    .getFileStatus(file)
                    .getModificationTime());
            return StreamSupport.stream(Spliterators.spliteratorUnknownSize(entries, Spliterator.ORDERED), false)
                    .map(entry -> RowFactory.create(
                            entry._1.toString(),
                            PackedUri.SEQUENCE + file + "#" + entry._1,
                            modified,
                            entry._2.copyBytes()))
                    .iterator();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file, e);
        }
    }

    /** All images in the columns of {@link ImageLister#SCHEMA}; lengths are not known before contents are read. */
    Dataset<Row> images() {
        Dataset<Row> listed = images.select(
                col(ImageLister.IMAGE_ID),
                col(ImageLister.IMAGE_URI),
                lit(null).cast("int").as(ImageLister.TARGET),
                lit(null).cast("long").as(ImageLister.BYTES),
                col(ImageLister.MODIFIED_AT));
        List<Row> twice = listed.groupBy(ImageLister.IMAGE_URI)
                .count()
                .filter(col("count").gt(1))
                .limit(1)
                .collectAsList();
        if (!twice.isEmpty()) {
            throw new JobException("score.images = %s: %s is there %d times; an id must be unique in its file"
                    .formatted(given, twice.get(0).get(0), twice.get(0).getLong(1)));
        }
        return listed;
    }

    /** How many images there are. */
    public long count() {
        return images.count();
    }

    /** All images, with their contents, where they are. */
    public JavaRDD<ImageRef> refs() {
        return images.javaRDD().map(row -> ref(row, 1));
    }

    /** Those of them that are chosen: rows of {@link ImageLister#SCHEMA} with {@link ImageLister#ATTEMPTS}. */
    JavaRDD<ImageRef> refs(Dataset<Row> chosen) {
        Dataset<Row> tries = chosen.select(col(ImageLister.IMAGE_URI).as("uri"), col(ImageLister.ATTEMPTS));
        return images.join(tries, col(ImageLister.IMAGE_URI).equalTo(col("uri")))
                .javaRDD()
                .map(row -> ref(row, 1 + row.<Integer>getAs(ImageLister.ATTEMPTS)));
    }

    private static ImageRef ref(Row row, int attempt) {
        byte[] content = row.getAs(CONTENT);
        return new ImageRef(
                row.getAs(ImageLister.IMAGE_ID),
                row.getAs(ImageLister.IMAGE_URI),
                null,
                attempt,
                new ImageRef.Content(
                        content == null ? new byte[0] : content,
                        row.<Timestamp>getAs(ImageLister.MODIFIED_AT).getTime()));
    }
}
