package org.attnvgg.spark.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.Preprocessing;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.image.RgbImage;
import org.attnvgg.model.AttnVggOutput;
import org.attnvgg.model.Initialization;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.Precision;
import org.attnvgg.model.ScoringNetwork;
import org.attnvgg.model.TorchRuntime;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.Console;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.Models;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.weights.ModelDescription;
import org.attnvgg.weights.ModelFolder;

/**
 * {@code score} of a folder of photographs with random weights, beside its bare parts: the decoder on one thread, and the
 * program on batches that are ready. What is left of the job's processor time is Spark, plumbing and writing; a job of one
 * photograph tells how much of that every job takes, however many pictures it has: reading the model, writing four tables.
 * Jobs are measured like their parts, in a JVM that has compiled what they run; what the first one took is told as well.
 */
final class ScoreBench {

    /** By then a job of one photograph takes about as long as the one before. */
    private static final int WARM_UP_JOBS = 80;

    private final JobRun run;
    private final Settings settings;
    private final NetworkSettings network;
    private final Precision precision;
    private final int batchSize;
    private final int rounds;
    private final String images;

    ScoreBench(JobRun run) {
        this.run = run;
        settings = run.settings();
        network = new NetworkSettings(settings.number("bench.width"), 224, true, 0);
        precision = Precision.of(settings.string("bench.precision"));
        batchSize = settings.smallInteger("bench.batch-size");
        images = settings.string("bench.images");
        rounds = settings.smallInteger("bench.rounds");
    }

    void run() throws IOException {
        TorchRuntime.start(Runtime.getRuntime().availableProcessors());
        Weights weights = Initialization.of(NetworkLayout.of(network), 1);
        List<byte[]> files = new ArrayList<>();
        for (String name : names(Integer.MAX_VALUE)) {
            files.add(Files.readAllBytes(Path.of(images, name)));
        }
        List<RgbImage> inputs = new ArrayList<>();
        Machine.Used decoding = best(() -> {
            inputs.clear();
            files.forEach(file -> inputs.add(decoded(file)));
        });
        Machine.Used forward = forward(weights, inputs);
        String first = images + "/" + names(1).get(0);
        Machine.Used young = Models.withLocalFolder(folder -> Machine.measure(job(folder, weights, first)));
        Console.line("%d more jobs of one picture, until they no longer become quicker", WARM_UP_JOBS);
        Machine.Used one = Models.withLocalFolder(folder -> warm(job(folder, weights, first)));
        Machine.Used job = Models.withLocalFolder(folder -> best(job(folder, weights, images)));
        show("decoder, one thread", decoding, files.size());
        show("program, batches of " + batchSize, forward, files.size());
        show("score", job, files.size());
        show("score of one picture", one, 1);
        show("the same, in a young JVM", young, 1);
        show("score of the others", job.less(one), files.size() - 1);
        tell((decoding.processorSeconds() + forward.processorSeconds()) / files.size(), job, one, files.size());
    }

    private Machine.Used warm(Runnable job) {
        Console.quietly(() -> {
            for (int i = 0; i < WARM_UP_JOBS; i++) {
                job.run();
            }
        });
        return best(job);
    }

    /** Compares with what the bare parts take of the processors for a picture, in seconds. */
    private void tell(double bare, Machine.Used job, Machine.Used one, int pictures) {
        Machine.Used others = job.less(one);
        double gigaflops = Machine.forwardGigaflop(network) * (pictures - 1) / others.seconds();
        double peak = Machine.peakGigaflops(precision);
        Console.line(
                "score took %+.1f %% of the processor time of the bare parts, the others %+.1f %%",
                100 * (job.processorSeconds() / pictures / bare - 1),
                100 * (others.processorSeconds() / (pictures - 1) / bare - 1));
        Console.line(
                "the others: %.1f GFLOP/s, counted in plain convolutions, %.0f %% of this machine's matrix product in %s"
                        + " (%.1f)",
                gigaflops, 100 * gigaflops / peak, precision, peak);
    }

    private List<String> names(int most) throws IOException {
        try (Stream<Path> paths = Files.list(Path.of(images))) {
            return paths.map(path -> path.getFileName().toString())
                    .sorted()
                    .limit(most)
                    .toList();
        }
    }

    private static RgbImage decoded(byte[] file) {
        try {
            ImageDecoder decoder = new ImageDecoder(new ImageLimits(32, 100_000_000));
            return PilTransforms.networkInput(decoder.decode(file), Augmentation.NONE, 224);
        } catch (RejectedImageException e) {
            throw new IllegalArgumentException("bench.images must hold readable pictures only", e);
        }
    }

    private Machine.Used best(Runnable what) {
        what.run();
        Machine.Used best = Machine.measure(what);
        for (int i = 1; i < rounds; i++) {
            Machine.Used used = Machine.measure(what);
            best = used.seconds() < best.seconds() ? used : best;
        }
        return best;
    }

    private Machine.Used forward(Weights weights, List<RgbImage> inputs) {
        List<ByteBuffer> batches = new ArrayList<>();
        for (int from = 0; from < inputs.size(); from += batchSize) {
            batches.add(batch(inputs.subList(from, Math.min(inputs.size(), from + batchSize))));
        }
        try (ScoringNetwork program = new ScoringNetwork(network, weights, precision, Device.cpu())) {
            return best(() -> batches.forEach(batch -> {
                int count = batch.remaining() / (3 * 224 * 224 * Float.BYTES);
                try (NDManager manager = NDManager.newBaseManager();
                        NDArray input = manager.create(batch, new Shape(count, 3, 224, 224), DataType.FLOAT32);
                        AttnVggOutput output = program.score(input)) {
                    output.logits().toFloatArray();
                }
            }));
        }
    }

    private static ByteBuffer batch(List<RgbImage> inputs) {
        ByteBuffer batch = ByteBuffer.allocateDirect(inputs.size() * 3 * 224 * 224 * Float.BYTES)
                .order(ByteOrder.nativeOrder());
        inputs.forEach(input -> Preprocessing.append(input, batch));
        return batch.flip();
    }

    private Runnable job(Path folder, Weights weights, String pictures) throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        ModelFolder.write(
                model, ModelDescription.of(network, precision.toString(), "bench", 1, List.of(), Map.of()), weights);
        Settings scoring = settings.with(Map.of(
                "score.model", model,
                "score.images", pictures,
                "score.out", folder.resolve("scores"),
                "score.batch-size", batchSize,
                "score.precision", precision));
        return () -> new ScoreJob(new JobRun(run.spark(), scoring, true)).run();
    }

    private static void show(String what, Machine.Used used, int pictures) {
        Console.line(
                "%-26s %7.2f pictures/s, %6.1f ms of processor time a picture",
                what, pictures / used.seconds(), 1000 * used.processorSeconds() / pictures);
    }
}
