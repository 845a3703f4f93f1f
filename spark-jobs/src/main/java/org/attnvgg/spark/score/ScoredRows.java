package org.attnvgg.spark.score;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.model.Weights;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.spark.config.ImageSettings;
import org.attnvgg.spark.config.ScoringSettings;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.job.ClusterExecutors;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.SparkProgress;
import org.attnvgg.spark.job.StopSignal;
import org.attnvgg.spark.score.FinishedParts.Outcome;
import org.attnvgg.spark.table.ScoreTables;

/**
 * Images that were scored: one row each, which the executors keep, in memory or on their disks, for all tables to be made
 * from; rows of an executor that is lost meanwhile are computed again. Close it when the tables are written.
 */
public final class ScoredRows implements AutoCloseable {

    private static final int IMAGES_PER_TASK = 400;
    private static final int IMAGES_OF_SHORT_TASK = 50;

    /** Null in the row of an image that was scored. */
    static final String REASON = "reason";

    private final ScoreRows rows;
    private final Broadcast<Weights> weights;
    private final SparkSession spark;
    private final JavaRDD<ImageRef> images;
    private final JavaRDD<Row> scored;
    private FinishedParts finished;
    private double seconds;

    private ScoredRows(
            JobContext run,
            ScoringSettings settings,
            ImageSettings image,
            ModelFolder model,
            ScoreRows rows,
            JavaRDD<ImageRef> images,
            Progress progress) {
        this.rows = rows;
        JavaSparkContext context = JavaSparkContext.fromSparkContext(run.spark().sparkContext());
        weights = context.broadcast(model.weights());
        ScoringPlan plan = plan(settings, image, model, context);
        spark = run.spark();
        this.images = images;
        scored = images.mapPartitions(refs -> rows(rows, plan, refs, progress)).persist(StorageLevel.MEMORY_AND_DISK());
    }

    /** What tasks report while they run. */
    private record Progress(LongAccumulator done, ScoringTimes times) implements java.io.Serializable {
        private static final long serialVersionUID = 1;
    }

    /** Into how many tasks that number of images is divided. */
    public static int tasks(JobContext run, long images) {
        long slots = new ClusterExecutors(run.spark().sparkContext()).slots();
        return Math.toIntExact(Math.max(1, Math.max(Math.min(slots, images), images / IMAGES_PER_TASK)));
    }

    /** How many images are a first portion where no speed is known: a short task for all that run at once. */
    public static long firstPortion(JobContext run) {
        return (long) new ClusterExecutors(run.spark().sparkContext()).slots() * IMAGES_OF_SHORT_TASK;
    }

    /**
     * Scores the images and waits until all are done.
     *
     * @param stop a signal to take those whose tasks are done, and leave the others
     * @param limit time after which the same happens; none: no limit
     */
    public static ScoredRows score(
            JobContext run,
            ScoringSettings settings,
            ImageSettings image,
            ModelFolder model,
            ScoreRows rows,
            JavaRDD<ImageRef> images,
            long count,
            StopSignal stop,
            Optional<Duration> limit) {
        var context = run.spark().sparkContext();
        Progress progress = new Progress(context.longAccumulator("images"), ScoringTimes.start(context));
        ScoredRows scored = new ScoredRows(run, settings, image, model, rows, images, progress);
        run.describe("score", "score " + count + " images");
        Instant start = Instant.now();
        SparkProgress shown = SparkProgress.start(context, "score", count, "images", progress.done);
        try {
            scored.finished = FinishedParts.of(scored.scored, stop, limit);
        } catch (RuntimeException e) {
            scored.close();
            throw e;
        } finally {
            shown.close();
        }
        scored.seconds = Duration.between(start, Instant.now()).toMillis() / 1000.0;
        Console.line("time of the tasks: %s", progress.times);
        return scored;
    }

    private ScoringPlan plan(
            ScoringSettings settings, ImageSettings image, ModelFolder model, JavaSparkContext context) {
        return new ScoringPlan(
                model.weightsSha256(),
                model.description().network(),
                weights,
                settings.precision(),
                settings.device(),
                settings.batchSize().orElse(BatchSize.AUTO),
                image.limits(),
                ScoreRows.scale(settings),
                context.broadcast(new SerializableConfiguration(context.hadoopConfiguration())));
    }

    /** A task's rows; when it is done, its time is added up. */
    private static Iterator<Row> rows(ScoreRows rows, ScoringPlan plan, Iterator<ImageRef> refs, Progress progress) {
        long start = System.nanoTime();
        PartitionScorer scorer = PartitionScorer.score(plan, refs);
        TaskContext.get().addTaskCompletionListener(task -> {
            progress.times.add(scorer, System.nanoTime() - start);
        });
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                if (TaskContext.get().isInterrupted()) {
                    throw new TaskKilledException();
                }
                return scorer.hasNext();
            }

            @Override
            public Row next() {
                progress.done.add(1);
                return rows.of(scorer.next());
            }
        };
    }

    private long count(Predicate<Outcome> which) {
        return finished.outcomes().entrySet().stream()
                .filter(entry -> which.test(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Images with a prediction. */
    public long scored() {
        return count(outcome -> outcome.reason() == null);
    }

    /** Images without one. */
    public long rejected() {
        return count(outcome -> outcome.reason() != null);
    }

    /** Those of them that no earlier run had rejected. */
    long newlyRejected() {
        return count(outcome -> outcome.reason() != null && outcome.first());
    }

    /** Whether all images were scored or rejected. */
    public boolean isWhole() {
        return finished.areAll();
    }

    /** Images whose tasks were not done. */
    public JavaRDD<ImageRef> rest() {
        return finished.restOf(images);
    }

    /** How many images each reason left out. */
    Map<String, Long> rejects() {
        Map<String, Long> rejects = new TreeMap<>();
        finished.outcomes().forEach((outcome, count) -> {
            if (outcome.reason() != null) {
                rejects.merge(outcome.reason(), count, Long::sum);
            }
        });
        return rejects;
    }

    /** How long scoring took, tables excluded. */
    double seconds() {
        return seconds;
    }

    /** Rows of a table. */
    Dataset<Row> table(String name) {
        Column reason = functions.col(REASON);
        Column[] columns = Arrays.stream(ScoreTables.schema(name).fieldNames())
                .map(functions::col)
                .toArray(Column[]::new);
        Dataset<Row> all = spark.createDataFrame(finished.of(scored), ScoreRows.SCHEMA);
        return all.where(name.equals(ScoreTables.REJECTS) ? reason.isNotNull() : reason.isNull())
                .select(columns);
    }

    /** What the rows say of the run. */
    public ScoreRows rows() {
        return rows;
    }

    @Override
    public void close() {
        scored.unpersist();
        weights.destroy();
    }
}
