package org.attnvgg.spark.score;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.model.Precision;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.Console;
import org.attnvgg.spark.Executors;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.Models;
import org.attnvgg.spark.OutputFolder;
import org.attnvgg.spark.SparkProgress;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.pipeline.ImageRef;
import org.attnvgg.spark.table.ScoreTables;
import org.attnvgg.weights.ModelDescription;
import org.attnvgg.weights.ModelFolder;

/** {@code score}: lists pictures, scores them on the executors, and writes predictions, attention, rejects and the run. */
public final class ScoreJob {

    private static final String STAGED = "_scored";
    private static final int BATCHES_PER_TASK = 8;

    /** Stands for the reason of a picture that was not rejected. */
    private static final String ACCEPTED = "";

    private final JobRun run;
    private final SparkSession spark;
    private final Settings settings;

    /** The job of that run. */
    public ScoreJob(JobRun run) {
        this.run = run;
        this.spark = run.spark();
        this.settings = run.settings();
    }

    /**
     * What a run wrote.
     *
     * @param out where
     * @param scored pictures with a prediction
     * @param rejected pictures without one
     */
    public record Result(String out, long scored, long rejected) {}

    /** Runs the job. */
    public Result run() {
        Instant started = Instant.now();
        try (OutputFolder out = run.output("score.out", ScoreTables.RUNS)) {
            ModelFolder model = Models.read("score.model", settings.string("score.model"), run.hadoop());
            List<ImageRef> images = new ImageList(spark, settings).images();
            ModelDescription description = model.description();
            Console.line(
                    "model %s (version %s), %,d pictures, %s",
                    description.modelId(),
                    description.modelVersion(),
                    images.size(),
                    settings.string("score.precision"));
            ScoreRows rows = new ScoreRows(
                    UUID.randomUUID().toString(),
                    description.modelId(),
                    description.modelVersion(),
                    description.preprocessId(),
                    description.network());
            Instant scoring = Instant.now();
            stage(images, model, rows, out);
            double seconds = Duration.between(scoring, Instant.now()).toMillis() / 1000.0;
            return write(out, rows, images.size(), started, seconds);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Scores into one folder of rows that the tables are then projected from: no picture is scored twice. */
    private void stage(List<ImageRef> images, ModelFolder model, ScoreRows rows, OutputFolder out) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        Broadcast<Weights> weights = context.broadcast(model.weights());
        int batchSize = settings.smallInteger("score.batch-size");
        ScoringPlan plan = new ScoringPlan(
                model.description().modelId() + "/" + settings.string("score.precision"),
                model.description().network(),
                weights,
                Precision.of(settings.string("score.precision")),
                settings.string("score.device"),
                batchSize,
                new ImageLimits(settings.smallInteger("image.min-side"), settings.integer("image.max-pixels")),
                context.broadcast(new SerializableConfiguration(context.hadoopConfiguration())));
        int tasks = Math.max(
                Math.min(new Executors(spark.sparkContext()).slots(), images.size()),
                images.size() / (batchSize * BATCHES_PER_TASK));
        ScoringTimes times = ScoringTimes.start(spark.sparkContext());
        LongAccumulator done = spark.sparkContext().longAccumulator("pictures");
        JavaRDD<Row> staged =
                context.parallelize(images, tasks).mapPartitions(refs -> rows(rows, plan, refs, done, times));
        context.setJobGroup("score", "score " + images.size() + " pictures", false);
        SparkProgress progress = SparkProgress.start(spark.sparkContext(), "score", images.size(), "pictures", done);
        try {
            spark.createDataFrame(staged, ScoreRows.STAGED_SCHEMA).write().parquet(out.staging(STAGED));
        } finally {
            progress.close();
            weights.destroy();
        }
        Console.line("time of the tasks: %s", times);
    }

    /** A task's rows; when it is done, its time is added up. */
    private static Iterator<Row> rows(
            ScoreRows rows, ScoringPlan plan, Iterator<ImageRef> refs, LongAccumulator done, ScoringTimes times) {
        long start = System.nanoTime();
        PartitionScorer scored = PartitionScorer.score(plan, refs);
        TaskContext.get().addTaskCompletionListener(task -> {
            times.loading().add(scored.loadingNanos());
            times.computing().add(scored.computingNanos());
            times.writing().add(System.nanoTime() - start - scored.loadingNanos() - scored.computingNanos());
        });
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return scored.hasNext();
            }

            @Override
            public Row next() {
                done.add(1);
                return rows.staged(scored.next());
            }
        };
    }

    private Result write(OutputFolder out, ScoreRows rows, long planned, Instant started, double seconds)
            throws IOException {
        run.describe("score", "write tables");
        Dataset<Row> staged = spark.read().schema(ScoreRows.STAGED_SCHEMA).parquet(out.staging(STAGED));
        Dataset<Row> accepted = staged.filter(col("reason").isNull());
        Dataset<Row> refused = staged.filter(col("reason").isNotNull());
        Map<String, Long> reasons = reasons(staged);
        long scored = reasons.getOrDefault(ACCEPTED, 0L);
        long rejected = reasons.values().stream().mapToLong(Long::longValue).sum() - scored;
        reasons.remove(ACCEPTED);
        if (scored + rejected != planned) {
            throw new JobException("%,d scored and %,d rejected pictures, but %,d were planned; nothing was published"
                    .formatted(scored, rejected, planned));
        }
        double limit = settings.number("score.max-reject-fraction");
        boolean tooMany = rejected > limit * planned;
        table(refused, ScoreTables.REJECTS_SCHEMA).coalesce(1).write().parquet(out.staging(ScoreTables.REJECTS));
        if (!tooMany) {
            partitioned(accepted, ScoreTables.PREDICTIONS_SCHEMA, out.staging(ScoreTables.PREDICTIONS));
            partitioned(accepted, ScoreTables.ATTENTION_SCHEMA, out.staging(ScoreTables.ATTENTION));
        }
        double speed = planned / seconds;
        run(rows, tooMany ? "too-many-rejects" : "complete", planned, scored, rejected, started, speed)
                .write()
                .parquet(out.staging(ScoreTables.RUNS));
        out.drop(STAGED);
        String where = out.publish();
        reasons.forEach((reason, count) -> Console.line("rejected %,8d pictures: %s", count, reason));
        if (tooMany) {
            throw new JobException(
                    "%,d of %,d pictures were rejected, more than score.max-reject-fraction = %s allows: nothing but"
                                    .formatted(rejected, planned, limit)
                            + " the rejects and the run was written, to " + where);
        }
        Console.line("scored %,d pictures, rejected %,d, %.2f pictures/s in %.1f s", scored, rejected, speed, seconds);
        Console.line("predictions, attention, rejects, runs: %s", where);
        return new Result(where, scored, rejected);
    }

    /** How many staged rows there are of each reason, by its name. */
    private static Map<String, Long> reasons(Dataset<Row> staged) {
        Map<String, Long> counts = new TreeMap<>();
        for (Row row : staged.groupBy("reason").count().collectAsList()) {
            counts.put(row.isNullAt(0) ? ACCEPTED : row.getString(0), row.getLong(1));
        }
        return counts;
    }

    private Dataset<Row> run(
            ScoreRows rows, String status, long planned, long scored, long rejected, Instant started, double speed) {
        Row run = RowFactory.create(
                rows.runId(),
                status,
                Timestamp.from(started),
                Timestamp.from(Instant.now()),
                rows.modelId(),
                rows.modelVersion(),
                rows.preprocessId(),
                planned,
                scored,
                rejected,
                speed,
                settings.asMap());
        return spark.createDataFrame(List.of(run), ScoreTables.RUNS_SCHEMA).coalesce(1);
    }

    private static Dataset<Row> table(Dataset<Row> staged, StructType schema) {
        return staged.select(
                Arrays.stream(schema.fieldNames()).map(name -> col(name)).toArray(Column[]::new));
    }

    private static void partitioned(Dataset<Row> staged, StructType schema, String folder) {
        table(staged, schema)
                .write()
                .partitionBy(ScoreTables.MODEL_VERSION, ScoreTables.SCORE_DATE)
                .parquet(folder);
    }
}
