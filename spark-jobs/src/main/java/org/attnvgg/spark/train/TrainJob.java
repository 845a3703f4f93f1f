package org.attnvgg.spark.train;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.StableHash;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.model.Initialization;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.Precision;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.Console;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.Models;
import org.attnvgg.spark.OutputFolder;
import org.attnvgg.spark.Sessions;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.config.SettingsException;
import org.attnvgg.spark.pipeline.ImageRef;
import org.attnvgg.spark.table.ManifestTable;
import org.attnvgg.weights.EpochMetrics;
import org.attnvgg.weights.ModelDescription;
import org.attnvgg.weights.ModelFolder;
import org.attnvgg.weights.WeightFiles;

/** {@code train}: deals the manifest to shards, trains epoch by epoch, validates, and writes the best epoch's model. */
public final class TrainJob {

    private final JobRun run;
    private final SparkSession spark;
    private final JavaSparkContext context;
    private final Settings settings;
    private final Rejects rejects = new Rejects();

    /** The job of that run. */
    public TrainJob(JobRun run) {
        this.run = run;
        this.spark = run.spark();
        this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        this.settings = run.settings();
    }

    /**
     * What a run wrote.
     *
     * @param out the model folder
     * @param model its description
     */
    public record Result(String out, ModelDescription model) {}

    /** The weights of an epoch, kept because no epoch so far was better. */
    private record Best(EpochMetrics metrics, Weights weights) {}

    /** Runs the job. */
    public Result run() {
        try (OutputFolder out = run.output("train.out", "model.json")) {
            TrainPlan plan = plan();
            List<ImageRef> training = split(ManifestTable.TRAIN);
            List<ImageRef> validating = split(ManifestTable.VALIDATION);
            Shards shards = shards(training);
            Weights weights = initialWeights(plan.network());
            announce(plan, shards, training.size(), validating.size());
            Validation validation = new Validation(context, plan, validating, Sessions.slots(spark));
            List<EpochMetrics> epochs = new ArrayList<>();
            Best best = null;
            try (Exchange exchange = new BroadcastExchange(context, plan, shards)) {
                Trainer trainer = new Trainer(exchange, shards, settings, weights, rejects);
                for (int epoch = 1; epoch <= settings.integer("train.epochs"); epoch++) {
                    EpochMetrics metrics = epoch(trainer, epoch, training.size() + validating.size(), validation);
                    epochs.add(metrics);
                    if (best == null || auc(metrics) >= auc(best.metrics)) {
                        best = new Best(metrics, copy(trainer.weights()));
                    }
                }
            } finally {
                ShardWorker.closeCurrent();
            }
            return write(out, plan, best, epochs, provenance(training, validating));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double auc(EpochMetrics metrics) {
        return metrics.rocAuc() == null ? 0 : metrics.rocAuc();
    }

    private static Weights copy(Weights weights) {
        return new Weights(weights.trainable().clone(), weights.statistics().clone(), weights.batchesTracked());
    }

    private TrainPlan plan() {
        NetworkSettings network;
        try {
            network = new NetworkSettings(
                    settings.number("model.width"),
                    settings.smallInteger("model.image-size"),
                    settings.flag("model.normalize-attn"),
                    settings.optionalString("model.dropout")
                            .map(Double::parseDouble)
                            .orElse(0.0));
        } catch (IllegalArgumentException e) {
            throw new SettingsException(e.getMessage());
        }
        return new TrainPlan(
                UUID.randomUUID().toString(),
                network,
                Precision.of(settings.string("train.precision")),
                settings.string("train.device"),
                settings.number("train.focal-alpha"),
                settings.number("train.focal-gamma"),
                settings.flag("train.augment"),
                settings.integer("seed"),
                new ImageLimits(settings.smallInteger("image.min-side"), settings.integer("image.max-pixels")));
    }

    private List<ImageRef> split(String name) {
        List<ImageRef> refs = new ArrayList<>();
        for (Row row : ManifestTable.read(spark, "train.manifest", settings.string("train.manifest"))
                .filter(col(ManifestTable.SPLIT).equalTo(name))
                .select(ManifestTable.IMAGE_ID, ManifestTable.IMAGE_URI, ManifestTable.TARGET)
                .orderBy(ManifestTable.IMAGE_ID)
                .collectAsList()) {
            refs.add(new ImageRef(row.getString(0), row.getString(1), row.getInt(2)));
        }
        if (refs.isEmpty()) {
            throw new JobException("train.manifest = " + settings.string("train.manifest") + ": no row of split '"
                    + name + "'; run prepare again");
        }
        return refs;
    }

    private Shards shards(List<ImageRef> training) {
        int batchSize = settings.smallInteger("train.batch-size");
        int shards =
                settings.optionalString("train.shards").map(Integer::parseInt).orElse(Sessions.slots(spark));
        if (batchSize < shards) {
            throw new SettingsException("train.batch-size = " + batchSize + ": must be at least the number of shards, "
                    + shards + " (train.shards)");
        }
        return Shards.deal(training, shards, batchSize, settings.integer("seed"));
    }

    private Weights initialWeights(NetworkSettings network) throws IOException {
        NetworkLayout layout = NetworkLayout.of(network);
        Weights fresh = Initialization.of(layout, settings.integer("seed"));
        String init = settings.optionalString("train.init").orElse(null);
        if (init == null) {
            return fresh;
        }
        org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(init);
        var files = path.getFileSystem(context.hadoopConfiguration());
        if (!files.exists(path)) {
            throw new JobException("train.init = " + init + ": no such file; expected .safetensors or .pth");
        }
        return Models.withLocalFolder(folder -> {
            Path local = folder.resolve(path.getName());
            files.copyToLocalFile(false, path, new org.apache.hadoop.fs.Path(local.toUri()), true);
            return WeightFiles.read(local, layout, fresh);
        });
    }

    private static void announce(TrainPlan plan, Shards shards, int training, int validating) {
        NetworkLayout layout = NetworkLayout.of(plan.network());
        Console.line(
                "AttnVGG of width %s at %d×%d, %,d parameters, %s; %,d training and %,d validation pictures; %d shards,"
                        + " batches of %d, %d steps an epoch",
                plan.network().width(),
                plan.network().imageSize(),
                plan.network().imageSize(),
                layout.trainableSize(),
                plan.precision(),
                training,
                validating,
                shards.count(),
                shards.batchSize(),
                shards.steps());
    }

    private EpochMetrics epoch(Trainer trainer, int epoch, long pictures, Validation validation) {
        Instant start = Instant.now();
        Trainer.Epoch trained = trainer.epoch(epoch);
        double seconds = secondsSince(start);
        Validation.Result validated = validation.run(epoch, trainer.weights());
        rejects.add(validated.rejects());
        rejects.requireAtMost(settings.number("train.max-reject-fraction"), pictures);
        EpochMetrics metrics = new EpochMetrics(
                epoch,
                trained.stepLosses().size(),
                trained.examples(),
                trained.loss(),
                trained.stepLosses(),
                validated.examples(),
                validated.loss(),
                validated.metrics().rocAuc(),
                validated.metrics().averagePrecision(),
                trained.rejected() + validated.rejects().size(),
                trained.examples() / seconds,
                secondsSince(start));
        Console.line(
                "epoch %d: train loss %.6f, validation loss %.6f, AUC %s, average precision %s, %.2f pictures/s, %.1f s",
                epoch,
                metrics.trainLoss(),
                metrics.validationLoss(),
                shown(metrics.rocAuc()),
                shown(metrics.averagePrecision()),
                metrics.examplesPerSecond(),
                metrics.seconds());
        return metrics;
    }

    private static String shown(Double metric) {
        return metric == null ? "undefined (one class only)" : "%.4f".formatted(metric);
    }

    private static double secondsSince(Instant start) {
        return Math.max(1, Duration.between(start, Instant.now()).toMillis()) / 1000.0;
    }

    private Result write(
            OutputFolder out, TrainPlan plan, Best best, List<EpochMetrics> epochs, Map<String, String> provenance)
            throws IOException {
        String version = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")
                .format(Instant.now().atZone(ZoneOffset.UTC));
        ModelDescription draft = ModelDescription.of(
                plan.network(), plan.precision().toString(), version, best.metrics.epoch(), epochs, provenance);
        ModelDescription model = Models.withLocalFolder(folder -> {
            ModelDescription written = ModelFolder.write(folder, draft, best.weights);
            ModelFolder.writeJson(folder.resolve("rejects.json"), rejects.all());
            out.copyIn(folder);
            return written;
        });
        String where = out.publish();
        Console.line(
                "best epoch by validation AUC: %d; model %s (version %s): %s",
                model.bestEpoch(), model.modelId(), model.modelVersion(), where);
        return new Result(where, model);
    }

    private Map<String, String> provenance(List<ImageRef> training, List<ImageRef> validating) {
        Map<String, String> provenance = new TreeMap<>(new HashMap<>(settings.asMap()));
        provenance
                .keySet()
                .removeIf(key -> !key.startsWith("train.") && !key.startsWith("model.") && !key.equals("seed"));
        long hash = 0;
        for (List<ImageRef> refs : List.of(training, validating)) {
            for (ImageRef ref : refs) {
                hash = StableHash.of(hash, ref.target(), ref.id());
            }
        }
        provenance.put("data.hash", "%016x".formatted(hash));
        provenance.put("spark.version", spark.version());
        provenance.put("java.version", System.getProperty("java.version"));
        provenance.put("djl.version", String.valueOf(ai.djl.engine.Engine.getDjlVersion()));
        return provenance;
    }
}
