package org.attnvgg.spark.score;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.model.Precision;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.Console;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.SparkProgress;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.pipeline.ImageRef;
import org.attnvgg.weights.ModelFolder;

/**
 * Pictures that were scored: one row each, which the executors keep, in memory or on their disks, for all tables to be made
 * from; rows of an executor that is lost meanwhile are computed again. Close it when the tables are written.
 */
final class ScoredRows implements AutoCloseable {

    /** Stands for the reason of a picture that was not rejected. */
    private static final String ACCEPTED = "";

    private final SparkSession spark;
    private final Settings settings;
    private final ScoreRows rows;
    private final Broadcast<Weights> weights;
    private final JavaRDD<Row> scored;
    private Map<String, Long> reasons = Map.of();
    private double seconds;

    private ScoredRows(JobRun run, ModelFolder model, ScoreRows rows, JavaRDD<ImageRef> images, Progress progress) {
        spark = run.spark();
        settings = run.settings();
        this.rows = rows;
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        weights = context.broadcast(model.weights());
        ScoringPlan plan = plan(model, context);
        scored = images.mapPartitions(refs -> rows(rows, plan, refs, progress)).persist(StorageLevel.MEMORY_AND_DISK());
    }

    /** What tasks report while they run. */
    private record Progress(LongAccumulator done, ScoringTimes times) implements java.io.Serializable {
        private static final long serialVersionUID = 1;
    }

    /** Scores so many pictures, and waits until all are done. */
    static ScoredRows score(JobRun run, ModelFolder model, ScoreRows rows, JavaRDD<ImageRef> images, long count) {
        var context = run.spark().sparkContext();
        Progress progress = new Progress(context.longAccumulator("pictures"), ScoringTimes.start(context));
        ScoredRows scored = new ScoredRows(run, model, rows, images, progress);
        run.describe("score", "score " + count + " pictures");
        Instant start = Instant.now();
        SparkProgress shown = SparkProgress.start(context, "score", count, "pictures", progress.done);
        try {
            scored.reasons = new TreeMap<>(scored.scored.map(ScoredRows::reason).countByValue());
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

    private ScoringPlan plan(ModelFolder model, JavaSparkContext context) {
        String batchSize = settings.string("score.batch-size");
        return new ScoringPlan(
                model.description().modelId() + "/" + settings.string("score.precision"),
                model.description().network(),
                weights,
                Precision.of(settings.string("score.precision")),
                settings.string("score.device"),
                batchSize.equals("auto") ? BatchSize.AUTO : Integer.parseInt(batchSize),
                new ImageLimits(settings.smallInteger("image.min-side"), settings.integer("image.max-pixels")),
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
                return scorer.hasNext();
            }

            @Override
            public Row next() {
                progress.done.add(1);
                return rows.of(scorer.next());
            }
        };
    }

    private static String reason(Row row) {
        String reason = row.getString(ScoreRows.SCHEMA.fieldIndex("reason"));
        return reason == null ? ACCEPTED : reason;
    }

    /** Pictures with a prediction. */
    long scored() {
        return reasons.getOrDefault(ACCEPTED, 0L);
    }

    /** Pictures without one. */
    long rejected() {
        return reasons.values().stream().mapToLong(Long::longValue).sum() - scored();
    }

    /** How many pictures each reason left out. */
    Map<String, Long> rejects() {
        Map<String, Long> rejects = new TreeMap<>(reasons);
        rejects.remove(ACCEPTED);
        return rejects;
    }

    /** How long scoring took, tables excluded. */
    double seconds() {
        return seconds;
    }

    /** Rows of a table of scored pictures. */
    Dataset<Row> accepted(StructType table) {
        return select(scored.filter(row -> reason(row).equals(ACCEPTED)), table);
    }

    /** Rows of a table of rejects. */
    Dataset<Row> refused(StructType table) {
        return select(scored.filter(row -> !reason(row).equals(ACCEPTED)), table);
    }

    private Dataset<Row> select(JavaRDD<Row> chosen, StructType table) {
        return spark.createDataFrame(chosen, ScoreRows.SCHEMA)
                .select(Arrays.stream(table.fieldNames()).map(functions::col).toArray(Column[]::new));
    }

    /** What the rows say of the run. */
    ScoreRows rows() {
        return rows;
    }

    @Override
    public void close() {
        scored.unpersist();
        weights.destroy();
    }
}
