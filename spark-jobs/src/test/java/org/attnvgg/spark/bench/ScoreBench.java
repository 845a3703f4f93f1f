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
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.Preprocessing;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.image.RgbImage;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.modelfolder.ModelMetadata;
import org.attnvgg.runtime.AttnVggOutput;
import org.attnvgg.runtime.ScoringNetwork;
import org.attnvgg.runtime.TorchEngine;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.ModelFolders;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.torchscript.Precision;

/**
 * {@code score} of a folder of images with random weights, beside its bare parts: decoding and normalising on one thread, and the
 * program on batches that are ready. What is left of the job's processor time is Spark, plumbing and writing; a job of one
 * image tells how much of that every job takes, however many images it has: reading the model, writing four tables.
 * All of them take turns, so that a machine that changes its speed changes it for all, and a job is held against the bare
 * parts before and after it. Start-up is left out: each has run
 * once before, and what the JVM's first job took is told by itself.
 */
final class ScoreBench {

    private final JobContext run;
    private final Settings settings;
    private final NetworkConfig network;
    private final Precision precision;
    private final int batchSize;
    private final int rounds;
    private final String images;

    ScoreBench(JobContext run, BenchOptions options) {
        this.run = run;
        settings = run.settings();
        network = options.network();
        precision = options.precision();
        batchSize = options.batchSize();
        images = options.images();
        rounds = options.rounds();
    }

    void run() throws IOException {
        TorchEngine.start(Runtime.getRuntime().availableProcessors());
        Weights weights = WeightInitializer.of(NetworkLayout.of(network), 1);
        List<String> names = names();
        List<byte[]> files = new ArrayList<>();
        for (String name : names) {
            files.add(Files.readAllBytes(Path.of(images, name)));
        }
        List<ByteBuffer> batches = batches(files);
        ModelFolders.withLocalFolder(folder -> {
            Settings scoring = scoring(folder, weights);
            Runnable one = job(scoring, images + "/" + names.get(0));
            Machine.Used young = Machine.measure(one);
            try (ScoringNetwork program = new ScoringNetwork(network, weights, precision, Device.cpu())) {
                ByteBuffer image = ofImages(1);
                List<Runnable> parts = List.of(
                        () -> files.forEach(file -> Preprocessing.append(decoded(file), image.clear())),
                        () -> batches.forEach(batch -> score(program, batch)),
                        one,
                        job(scoring, images));
                parts.forEach(Runnable::run);
                List<Round> measured = Stream.generate(() -> Round.of(parts))
                        .limit(rounds + 1L)
                        .toList();
                tell(measured, young, files.size());
            }
            return null;
        });
    }

    /** What each part took in one turn. */
    private record Round(Machine.Used decoder, Machine.Used program, Machine.Used one, Machine.Used job) {

        static Round of(List<Runnable> parts) {
            List<Machine.Used> used = parts.stream().map(Machine::measure).toList();
            return new Round(used.get(0), used.get(1), used.get(2), used.get(3));
        }

        Machine.Used others() {
            return job.less(one);
        }

        double bareProcessorSeconds() {
            return decoder.processorSeconds() + program.processorSeconds();
        }
    }

    private void tell(List<Round> measured, Machine.Used young, int images) {
        show("decoder, one thread", median(measured, Round::decoder), images);
        show("program, batches of " + batchSize, median(measured, Round::program), images);
        show("score", median(measured, Round::job), images);
        show("score of one image", median(measured, Round::one), 1);
        show("the same, this JVM's first", young, 1);
        Machine.Used others = median(measured, Round::others);
        show("score of the others", others, images - 1);
        List<Double> all = beyond(measured, Round::job, 1);
        Console.line(
                "processor time beyond the bare parts: score %+.1f %% (%s), the others %+.1f %%",
                median(all.stream()),
                all.stream().map("%+.1f"::formatted).collect(Collectors.joining(", ")),
                median(beyond(measured, Round::others, (double) (images - 1) / images).stream()));
        double gigaflops = Machine.forwardGigaflop(network) * (images - 1) / others.seconds();
        double peak = Machine.peakGigaflops(precision);
        Console.line(
                "the others: %.1f GFLOP/s, counted in plain convolutions, %.0f %% of this machine's matrix product in %s"
                        + " (%.1f)",
                gigaflops, 100 * gigaflops / peak, precision, peak);
    }

    /**
     * Processor time of a part, which had that share of the images, beyond what the bare parts before and after it took on
     * average, in percent, round by round; the last is only what comes after the one before it.
     */
    private static List<Double> beyond(List<Round> measured, Function<Round, Machine.Used> part, double share) {
        return IntStream.range(1, measured.size())
                .mapToObj(i -> {
                    Round round = measured.get(i - 1);
                    double bare =
                            (round.bareProcessorSeconds() + measured.get(i).bareProcessorSeconds()) / 2;
                    return 100 * (part.apply(round).processorSeconds() / (share * bare) - 1);
                })
                .toList();
    }

    private static Machine.Used median(List<Round> measured, Function<Round, Machine.Used> part) {
        return new Machine.Used(
                median(measured.stream().map(part).map(Machine.Used::seconds)),
                median(measured.stream().map(part).map(Machine.Used::processorSeconds)));
    }

    private static double median(Stream<Double> values) {
        return Timings.median(values.mapToDouble(Double::doubleValue).toArray());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> paths = Files.list(Path.of(images))) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static RgbImage decoded(byte[] file) {
        try {
            ImageDecoder decoder = new ImageDecoder(new ImageLimits(32, 100_000_000));
            return PilTransforms.networkInput(decoder.decode(file), Augmentation.NONE, 224);
        } catch (RejectedImageException e) {
            throw new IllegalArgumentException("images must hold readable images only", e);
        }
    }

    private List<ByteBuffer> batches(List<byte[]> files) {
        List<ByteBuffer> batches = new ArrayList<>();
        for (int from = 0; from < files.size(); from += batchSize) {
            List<byte[]> some = files.subList(from, Math.min(files.size(), from + batchSize));
            ByteBuffer batch = ofImages(some.size());
            some.forEach(file -> Preprocessing.append(decoded(file), batch));
            batches.add(batch.flip());
        }
        return batches;
    }

    private static ByteBuffer ofImages(int count) {
        return ByteBuffer.allocateDirect(count * 3 * 224 * 224 * Float.BYTES).order(ByteOrder.nativeOrder());
    }

    private static void score(ScoringNetwork program, ByteBuffer batch) {
        int count = batch.remaining() / (3 * 224 * 224 * Float.BYTES);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                NDArray input = manager.create(batch, new Shape(count, 3, 224, 224), DataType.FLOAT32);
                AttnVggOutput output = program.score(input)) {
            output.logits().toFloatArray();
        }
    }

    private Settings scoring(Path folder, Weights weights) throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        ModelFolder.write(
                model, ModelMetadata.of(network, precision.toString(), "bench", 1, List.of(), Map.of()), weights);
        return settings.with(Map.of(
                "score.model", model,
                "score.out", folder.resolve("scores"),
                "score.batch-size", batchSize,
                "score.precision", precision));
    }

    private Runnable job(Settings scoring, String images) {
        Settings all = scoring.with(Map.of("score.images", images));
        return () -> new ScoreJob(new JobContext(run.spark(), all, true)).run();
    }

    private static void show(String what, Machine.Used used, int images) {
        Console.line(
                "%-26s %7.2f images/s, %6.1f ms of processor time a image",
                what, images / used.seconds(), 1000 * used.processorSeconds() / images);
    }
}
