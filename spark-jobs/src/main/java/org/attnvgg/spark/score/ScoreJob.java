package org.attnvgg.spark.score;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.modelfolder.ModelMetadata;
import org.attnvgg.spark.config.ScoreSettings;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.config.TableFormat;
import org.attnvgg.spark.data.ImageLister;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.data.PackedImages;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.ModelFolders;
import org.attnvgg.spark.job.OutputFolder;
import org.attnvgg.spark.job.StopSignal;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;

/** {@code score}: lists images, scores them on the executors, and writes predictions, attention, rejects and the run. */
public final class ScoreJob {

    private static final String OUT = "score.out";

    private final JobContext run;
    private final SparkSession spark;
    private final ScoreSettings settings;

    /** The job of that run. */
    public ScoreJob(JobContext run) {
        this.run = run;
        this.spark = run.spark();
        this.settings = run.settings().as(ScoreSettings.class);
    }

    /**
     * What a run wrote.
     *
     * @param out where
     * @param scored images with a prediction
     * @param rejected images without one
     */
    public record Result(String out, long scored, long rejected) {}

    /** Runs the job. */
    public Result run() {
        return settings.table().format() == TableFormat.ICEBERG ? intoCatalog() : intoFolder();
    }

    private Result intoFolder() {
        try (OutputFolder out = run.output(OUT, settings.out(), ScoreTables.RUNS)) {
            return score(ScoreStores.parquet(spark, out.staging()), out::publish);
        }
    }

    /** Nobody sees rows in a catalog before the run is committed, so that they need no other place meanwhile. */
    private Result intoCatalog() {
        String tables = settings.out();
        ScoreStore store = ScoreStores.open(spark, settings.location());
        if (!store.read(ScoreTables.RUNS).isEmpty()) {
            throw new JobException(
                    ("%s = %s has runs already, and --overwrite replaces no tables of a catalog: choose another"
                                    + " namespace, or add to these tables with rescore")
                            .formatted(OUT, tables));
        }
        store.create();
        return score(store, () -> tables);
    }

    private Result score(ScoreStore store, Supplier<String> publish) {
        Instant started = Instant.now();
        ModelFolder model = ModelFolders.read("score.model", settings.scoring().model(), run.hadoop());
        Images images = images();
        ModelMetadata description = model.description();
        Console.line(
                "model %s (version %s), %,d images, %s",
                description.modelId(),
                description.modelVersion(),
                images.count,
                settings.scoring().precision());
        try (ScoredRows scored = ScoredRows.score(
                run,
                settings.scoring(),
                settings.image(),
                model,
                ScoreRows.ofNewRun(description, settings.scoring()),
                images.refs,
                images.count,
                new StopSignal(),
                Optional.empty())) {
            boolean complete = new RunTables(run, settings.scoring(), Settings.shown(settings), store)
                    .write(scored, images.count, started, () -> {});
            String where = publish.get();
            RunTables.print(scored, images.count);
            if (!complete) {
                throw RunTables.tooManyRejects(scored, images.count, settings.scoring(), where);
            }
            Console.line("predictions, attention, rejects, runs: %s", where);
            return new Result(where, scored.scored(), scored.rejected());
        }
    }

    private record Images(JavaRDD<ImageRef> refs, long count) {}

    private Images images() {
        ImageLister archive = new ImageLister(run, settings.scoring().archive());
        Optional<PackedImages> packed = archive.packed();
        if (packed.isPresent()) {
            return new Images(packed.get().refs(), packed.get().count());
        }
        run.describe("score", "list the images");
        List<ImageRef> images = archive.refs();
        JavaRDD<ImageRef> refs = JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(images, ScoredRows.tasks(run, images.size()));
        return new Images(refs, images.size());
    }
}
