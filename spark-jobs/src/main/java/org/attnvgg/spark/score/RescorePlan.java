package org.attnvgg.spark.score;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.attnvgg.spark.data.ImageLister;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreTables;

/**
 * What a run has to do: the archive's images less those that the model has scored as they are now. An image is known by
 * its URI, and the same as long as its file keeps length and time.
 */
final class RescorePlan implements AutoCloseable {

    private static final String SCORED = "already scored";
    private static final String NEW = "new";
    private static final String CHANGED = "changed since it was scored";
    private static final String AGAIN = "rejected before, tried again";
    private static final String GIVEN_UP = "rejected too often (rescore.max-attempts)";

    private static final int RUNS_OF_ESTIMATE = 10;

    private static final String STATE = "state";

    private final ImageLister archive;
    private final Dataset<Row> images;
    private final Map<String, Long> counts;
    private final long bound;
    private final Optional<Double> lastSpeed;
    private JavaPairRDD<Row, Long> ordered;

    /**
     * Compares the archive with the tables.
     *
     * @param maxAttempts how often an image is tried
     * @param bound most images to score; the oldest first
     */
    RescorePlan(ImageLister archive, ScoreStore store, ScoreRows rows, int maxAttempts, long bound) {
        this.archive = archive;
        Dataset<Row> there = archive.images();
        Dataset<Row> known = known(store, rows);
        Column same = col("known.bytes")
                .eqNullSafe(there.col(ImageLister.BYTES))
                .or(there.col(ImageLister.BYTES)
                        .isNull()
                        .and(there.col(ImageLister.MODIFIED_AT).isNotNull()))
                .and(col("known.modified_at").eqNullSafe(there.col(ImageLister.MODIFIED_AT)));
        Column tries = when(same, col("known.attempt"));
        images = there.join(known, there.col(ImageLister.IMAGE_URI).equalTo(known.col("uri")), "left_outer")
                .withColumn(
                        STATE,
                        when(known.col("uri").isNull(), NEW)
                                .when(tries.equalTo(0), SCORED)
                                .when(tries.geq(maxAttempts), GIVEN_UP)
                                .when(tries.gt(0), AGAIN)
                                .otherwise(CHANGED))
                .withColumn(ImageLister.ATTEMPTS, coalesce(tries, lit(0)))
                .drop("uri", "known")
                .persist(StorageLevel.MEMORY_AND_DISK());
        counts = images.groupBy(STATE).count().collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row.getLong(1)));
        this.bound = bound;
        lastSpeed = lastSpeed(store);
    }

    /** Images per second over the last runs, if there were any. */
    private static Optional<Double> lastSpeed(ScoreStore store) {
        Row totals = store.read(ScoreTables.RUNS)
                .filter(col("images_per_second").gt(0))
                .orderBy(col("finished_at").desc())
                .limit(RUNS_OF_ESTIMATE)
                .agg(sum("planned"), sum(col("planned").divide(col("images_per_second"))))
                .head();
        return totals.isNullAt(0) ? Optional.empty() : Optional.of(totals.getLong(0) / totals.getDouble(1));
    }

    /** By URI, the latest version of an image that this model saw; attempt is 0 if it was scored. */
    private static Dataset<Row> known(ScoreStore store, ScoreRows rows) {
        Column ours =
                col("model_id").equalTo(rows.modelId()).and(col("preprocess_id").equalTo(rows.preprocessId()));
        Dataset<Row> scored = store.read(ScoreTables.PREDICTIONS)
                .filter(ours)
                .select(
                        col("image_uri"),
                        col("bytes"),
                        col("modified_at"),
                        lit(0).as("attempt"),
                        col("scored_at").as("at"));
        Dataset<Row> rejected = store.read(ScoreTables.REJECTS)
                .filter(ours)
                .select(
                        col("image_uri"),
                        col("bytes"),
                        col("modified_at"),
                        col("attempt"),
                        col("rejected_at").as("at"));
        return scored.unionByName(rejected)
                .groupBy(col("image_uri").as("uri"))
                .agg(max_by(struct("bytes", "modified_at", "attempt"), col("at"))
                        .as("known"));
    }

    /** How many images are to be scored in this run. */
    long count() {
        return Math.min(bound, open());
    }

    private long open() {
        return count(NEW) + count(CHANGED) + count(AGAIN);
    }

    private long count(String state) {
        return counts.getOrDefault(state, 0L);
    }

    /** Says what there is, what will be done, and about how long it will take. */
    void print() {
        Console.line(
                "archive: %,d images",
                counts.values().stream().mapToLong(Long::longValue).sum());
        archive.printLeftOut();
        for (String state : new String[] {SCORED, NEW, CHANGED, AGAIN, GIVEN_UP}) {
            Console.line("  %,12d %s", count(state), state);
        }
        String rest =
                open() > count() ? ", %,d left for the next runs (rescore.max-images)".formatted(open() - count()) : "";
        String time = lastSpeed
                .map(speed -> ", about %,d s at %.2f images/s, as in the last runs"
                        .formatted(Math.round(count() / speed), speed))
                .orElse("");
        Console.line("to score: %,d%s%s", count(), rest, time);
    }

    /** Images per second over the last runs. */
    OptionalDouble speed() {
        return lastSpeed.map(OptionalDouble::of).orElse(OptionalDouble.empty());
    }

    /** Whether the archive lists nothing at all. */
    boolean isEmpty() {
        return counts.isEmpty();
    }

    /** {@code count} of the images to score after the first {@code from} ones, the oldest first, in {@code parts} partitions. */
    JavaRDD<ImageRef> images(long from, long count, int parts) {
        return archive.refs(from == 0 && count == open() ? openImages() : portion(from, from + count), parts);
    }

    private Dataset<Row> openImages() {
        return images.filter(col(STATE).isin(NEW, CHANGED, AGAIN));
    }

    private Dataset<Row> portion(long from, long to) {
        JavaRDD<Row> rows =
                ordered().filter(row -> row._2 >= from && row._2 < to).map(row -> row._1);
        return images.sparkSession().createDataFrame(rows, images.schema());
    }

    /** A global order without a limit of Spark's, which would bring the rows to the driver. */
    private JavaPairRDD<Row, Long> ordered() {
        if (ordered == null) {
            ordered = openImages()
                    .orderBy(ImageLister.MODIFIED_AT, ImageLister.IMAGE_URI)
                    .javaRDD()
                    .zipWithIndex()
                    .persist(StorageLevel.MEMORY_AND_DISK());
        }
        return ordered;
    }

    @Override
    public void close() {
        if (ordered != null) {
            ordered.unpersist();
        }
        images.unpersist();
    }
}
