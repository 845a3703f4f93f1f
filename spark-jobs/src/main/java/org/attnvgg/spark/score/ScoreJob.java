package org.attnvgg.spark.score;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.Console;
import org.attnvgg.spark.Executors;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.Models;
import org.attnvgg.spark.OutputFolder;
import org.attnvgg.spark.Together;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.pipeline.ImageRef;
import org.attnvgg.spark.table.ScoreTables;
import org.attnvgg.weights.ModelDescription;
import org.attnvgg.weights.ModelFolder;

/** {@code score}: lists pictures, scores them on the executors, and writes predictions, attention, rejects and the run. */
public final class ScoreJob {

    private static final int PICTURES_PER_TASK = 400;

    /** Rows of a file of about 128 MiB. */
    private static final int PREDICTIONS_PER_FILE = 1_000_000;

    private static final int MAPS_PER_FILE = 40_000;

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
            JavaRDD<ImageRef> refs =
                    JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(images, tasks(images.size()));
            try (ScoredRows scored =
                    ScoredRows.score(run, model, ScoreRows.ofNewRun(description), refs, images.size())) {
                return write(out, scored, images.size(), started);
            }
        }
    }

    private int tasks(int images) {
        int slots = new Executors(spark.sparkContext()).slots();
        return Math.max(Math.min(slots, images), images / PICTURES_PER_TASK);
    }

    private Result write(OutputFolder out, ScoredRows scored, long planned, Instant started) {
        if (scored.scored() + scored.rejected() != planned) {
            throw new JobException("%,d scored and %,d rejected pictures, but %,d were planned; nothing was published"
                    .formatted(scored.scored(), scored.rejected(), planned));
        }
        double limit = settings.number("score.max-reject-fraction");
        boolean tooMany = scored.rejected() > limit * planned;
        String status = tooMany ? "too-many-rejects" : "complete";
        Together.run(
                () -> {
                    if (!tooMany) {
                        predictions(scored, out);
                    }
                },
                () -> {
                    if (!tooMany) {
                        attention(scored, out);
                    }
                },
                () -> {
                    rejects(scored, out);
                    run(scored, status, planned, started).write().parquet(out.staging(ScoreTables.RUNS));
                });
        String where = out.publish();
        scored.rejects().forEach((reason, count) -> Console.line("rejected %,8d pictures: %s", count, reason));
        if (tooMany) {
            throw new JobException(
                    "%,d of %,d pictures were rejected, more than score.max-reject-fraction = %s allows: nothing but"
                                    .formatted(scored.rejected(), planned, limit)
                            + " the rejects and the run was written, to " + where);
        }
        Console.line(
                "scored %,d pictures, rejected %,d, %.2f pictures/s in %.1f s",
                scored.scored(), scored.rejected(), planned / scored.seconds(), scored.seconds());
        Console.line("predictions, attention, rejects, runs: %s", where);
        return new Result(where, scored.scored(), scored.rejected());
    }

    private void predictions(ScoredRows scored, OutputFolder out) {
        run.describe("score", "write predictions");
        partitioned(scored.accepted(ScoreTables.PREDICTIONS_SCHEMA), scored.scored() / PREDICTIONS_PER_FILE)
                .parquet(out.staging(ScoreTables.PREDICTIONS));
    }

    private void attention(ScoredRows scored, OutputFolder out) {
        run.describe("score", "write attention");
        partitioned(scored.accepted(ScoreTables.ATTENTION_SCHEMA), scored.scored() / MAPS_PER_FILE)
                .parquet(out.staging(ScoreTables.ATTENTION));
    }

    private static DataFrameWriter<Row> partitioned(Dataset<Row> rows, long files) {
        return rows.coalesce(Math.toIntExact(1 + files))
                .write()
                .partitionBy(ScoreTables.MODEL_VERSION, ScoreTables.SCORE_DATE);
    }

    private void rejects(ScoredRows scored, OutputFolder out) {
        run.describe("score", "write rejects and run");
        scored.refused(ScoreTables.REJECTS_SCHEMA).coalesce(1).write().parquet(out.staging(ScoreTables.REJECTS));
    }

    private Dataset<Row> run(ScoredRows scored, String status, long planned, Instant started) {
        ScoreRows rows = scored.rows();
        Row run = RowFactory.create(
                rows.runId(),
                status,
                Timestamp.from(started),
                Timestamp.from(Instant.now()),
                rows.modelId(),
                rows.modelVersion(),
                rows.preprocessId(),
                planned,
                scored.scored(),
                scored.rejected(),
                planned / scored.seconds(),
                settings.asMap());
        return spark.createDataFrame(List.of(run), ScoreTables.RUNS_SCHEMA).coalesce(1);
    }
}
