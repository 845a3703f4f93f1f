package org.attnvgg.spark.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.modelfolder.ModelMetadata;
import org.attnvgg.spark.config.KeySpec;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.config.SettingsException;
import org.attnvgg.spark.config.TrainSettings;
import org.attnvgg.spark.exchange.ExchangeLimits;
import org.attnvgg.spark.exchange.ExchangeServer;
import org.attnvgg.spark.job.ClusterExecutors;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.ModelFolders;
import org.attnvgg.spark.job.OutputFolder;
import org.attnvgg.spark.job.StoppedException;
import org.attnvgg.training.EpochMetrics;

/** {@code train}: splits the manifest into shards, trains epoch by epoch, validates, and writes the best epoch's model. */
public final class TrainJob {

    private final JobContext run;
    private final SparkSession spark;
    private final JavaSparkContext context;
    private final TrainSettings settings;
    private final ExchangeLimits limits;

    /** The job of that run. */
    public TrainJob(JobContext run) {
        this.run = run;
        this.spark = run.spark();
        this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        this.settings = run.settings().as(TrainSettings.class);
        this.limits = ExchangeLimits.of(settings);
    }

    /**
     * What a run wrote.
     *
     * @param out the model folder
     * @param model its description
     */
    public record Result(String out, ModelMetadata model) {}

    /** Runs the job. */
    public Result run() {
        try (OutputFolder out = run.output("train.out", settings.out(), "model.json")) {
            TrainPlan plan = TrainPlan.of(settings);
            int executors = new ClusterExecutors(context.sc()).await(limits.minExecutors(), limits.executors());
            TrainingData data = TrainingData.read(spark, settings.manifest());
            Shards shards = shards(data, executors);
            announce(plan, shards, data);
            Map<String, String> identity = identity(shards, data);
            Checkpoints checkpoints = checkpoints(plan, identity);
            TrainingState state = startingPoint(plan, checkpoints);
            train(plan, shards, data, state, new CheckpointSchedule(checkpoints, settings.checkpoint()));
            Result result = write(out, plan, state, identity);
            checkpoints.delete();
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Shards shards(TrainingData data, int executors) {
        int batchSize = settings.batchSize();
        if (settings.shards().isEmpty() && new ClusterExecutors(context.sc()).areDynamic()) {
            throw new SettingsException(
                    "train.shards is missing: with spark.dynamicAllocation.enabled=true the number of"
                            + " executors varies, and results depend on the number of shards; set it to the most executors that"
                            + " you want");
        }
        int count = settings.shards().orElse(executors);
        if (batchSize < count) {
            throw new SettingsException("train.batch-size = " + batchSize + ": must be at least the number of shards, "
                    + count + " (train.shards)");
        }
        return Shards.partition(
                data.training(),
                count,
                batchSize,
                settings.accumulate(),
                settings.random().seed());
    }

    private static void announce(TrainPlan plan, Shards shards, TrainingData data) {
        Console.line(
                "AttnVGG of width %s at %d×%d, %,d parameters, %s; %,d training and %,d validation images; %d shards,"
                        + " batches of %d, %d steps an epoch",
                plan.network().width(),
                plan.network().imageSize(),
                plan.network().imageSize(),
                NetworkLayout.of(plan.network()).trainableSize(),
                plan.precision(),
                data.training().size(),
                data.validating().size(),
                shards.count(),
                shards.batchSize() * shards.accumulate(),
                shards.steps());
    }

    /** All that decides what a run's weights become. */
    private Map<String, String> identity(Shards shards, TrainingData data) {
        Map<String, String> identity = new TreeMap<>();
        Map<String, String> shown = Settings.shown(settings);
        Settings.keys(TrainSettings.class).stream()
                .filter(KeySpec::changesResults)
                .forEach(key -> identity.put(key.name(), shown.get(key.name())));
        identity.put("train.shards", Integer.toString(shards.count()));
        identity.put("data.hash", data.hash());
        return identity;
    }

    private Checkpoints checkpoints(TrainPlan plan, Map<String, String> identity) throws IOException {
        Path out = new Path(settings.out());
        String folder = settings.checkpoint()
                .checkpoints()
                .orElse(new Path(out.getParent(), out.getName() + ".checkpoints").toString());
        return new Checkpoints(folder, run.hadoop(), plan.layout(), settings.learningRate(), identity, Settings::asNow);
    }

    private TrainingState startingPoint(TrainPlan plan, Checkpoints checkpoints) throws IOException {
        if (settings.checkpoint().resume()) {
            TrainingState state = checkpoints.newest().orElse(null);
            if (state != null) {
                Console.line(
                        "going on from a checkpoint: epoch %d, step %d",
                        state.progress().epoch(), state.progress().step() + 1);
                return state;
            }
        }
        checkpoints.delete();
        return TrainingState.fresh(InitialWeights.of(settings, plan.layout(), run.hadoop()), settings.learningRate());
    }

    private void train(
            TrainPlan plan, Shards shards, TrainingData data, TrainingState state, CheckpointSchedule schedule) {
        Validation validation = new Validation(context, plan, data.validating(), run.stop());
        try (ExchangeServer exchange = exchange(plan, shards);
                TrainingTasks tasks = new TrainingTasks(context, plan, shards, exchange.address());
                TrainingMetrics published = new TrainingMetrics(settings.learningRate())) {
            ClusterExecutors executors = new ClusterExecutors(context.sc());
            Trainer trainer =
                    new Trainer(tasks, exchange, plan, shards, settings.onNonFinite(), executors::count, run.stop());
            run.stop().heed();
            while (state.progress().epoch() <= settings.epochs()) {
                boolean finished = trainer.finishEpoch(state, () -> schedule.afterStep(state));
                EpochMetrics metrics =
                        finished ? validate(validation, state, data).orElse(null) : null;
                if (metrics == null) {
                    throw stopped(state, shards, schedule.atStop(state));
                }
                state.endEpoch(metrics);
                published.show(metrics);
                schedule.afterEpoch(state);
            }
        } finally {
            ShardWorker.closeCurrent();
        }
    }

    private static StoppedException stopped(TrainingState state, Shards shards, String checkpoint) {
        EpochProgress progress = state.progress();
        return new StoppedException(
                ("epoch %d, after %d of %d steps; all of it is in the checkpoint %s: the same command, with train.resume=true,"
                                + " goes on from there")
                        .formatted(progress.epoch(), progress.step(), shards.steps(), checkpoint));
    }

    private ExchangeServer exchange(TrainPlan plan, Shards shards) {
        return new ExchangeServer(
                context.getConf(),
                plan.runId(),
                settings.exchange().exchangePort(),
                shards.count(),
                plan.weightsFormat().bytes(),
                plan.gradientFormat().bytes(),
                limits);
    }

    /** The figures of the epoch; empty if the run was told to stop meanwhile. */
    private Optional<EpochMetrics> validate(Validation validation, TrainingState state, TrainingData data) {
        Instant start = Instant.now();
        EpochProgress trained = state.progress();
        Validation.Result validated =
                validation.run(trained.epoch(), state.weights()).orElse(null);
        if (validated == null) {
            return Optional.empty();
        }
        state.rejects().add(validated.rejects());
        state.rejects().requireAtMost(settings.maxRejectFraction(), data.size());
        double validationSeconds = Duration.between(start, Instant.now()).toMillis() / 1000.0;
        EpochMetrics metrics = EpochReport.of(trained, validated, validationSeconds);
        EpochReport.print(metrics);
        return Optional.of(metrics);
    }

    private Result write(OutputFolder out, TrainPlan plan, TrainingState state, Map<String, String> identity)
            throws IOException {
        String version = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")
                .format(Instant.now().atZone(ZoneOffset.UTC));
        ModelMetadata draft = ModelMetadata.of(
                plan.network(),
                plan.precision().toString(),
                version,
                state.bestEpoch(),
                state.epochs(),
                provenance(identity));
        ModelMetadata model = ModelFolders.withLocalFolder(folder -> {
            ModelMetadata written = ModelFolder.write(folder, draft, state.best());
            ModelFolder.writeJson(
                    folder.resolve("rejects.json"), state.rejects().all());
            out.copyIn(folder);
            return written;
        });
        String where = out.publish();
        Console.line(
                "best epoch by validation AUC: %d; model %s (version %s): %s",
                model.bestEpoch(), model.modelId(), model.modelVersion(), where);
        return new Result(where, model);
    }

    private Map<String, String> provenance(Map<String, String> identity) {
        Map<String, String> provenance = new TreeMap<>(identity);
        Settings.shown(settings).forEach(provenance::putIfAbsent);
        provenance.put("spark.version", spark.version());
        provenance.put("java.version", System.getProperty("java.version"));
        provenance.put("djl.version", String.valueOf(ai.djl.engine.Engine.getDjlVersion()));
        return provenance;
    }
}
