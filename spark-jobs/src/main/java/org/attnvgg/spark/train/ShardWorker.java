package org.attnvgg.spark.train;

import ai.djl.Device;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.StableHash;
import org.attnvgg.runtime.TrainingNetwork;
import org.attnvgg.runtime.WeightsBuffer;
import org.attnvgg.runtime.WeightsCodec;
import org.attnvgg.spark.data.BatchCollator;
import org.attnvgg.spark.data.DeviceErrors;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.data.LoadedImage;
import org.attnvgg.spark.data.Reject;
import org.attnvgg.spark.data.TaskDevice;
import org.attnvgg.spark.exchange.Assignment;
import org.attnvgg.spark.exchange.ExchangeAddress;
import org.attnvgg.spark.exchange.ExchangeClient;
import org.attnvgg.spark.exchange.ShardReport;
import org.attnvgg.training.Batch;
import org.attnvgg.training.GradientCodec;
import org.attnvgg.training.ShardGradient;
import org.attnvgg.training.TrainingStep;

/**
 * The training side of an executor: one network, its images, and the memory for weights and gradients, kept from task to
 * task. It computes whatever shards the driver gives it, one after the other, and sends a gradient while it computes the
 * next. One in a JVM; another run takes its place.
 */
final class ShardWorker implements AutoCloseable {

    private static ShardWorker current;

    private final TrainPlan plan;
    private final Shards shards;
    private final TrainingNetwork network;
    private final TrainingStep training;
    private final ShardImages shardImages;
    private final BatchCollator inputs;
    private final WeightsCodec weightsFormat;
    private final ByteBuffer received;
    private final ByteBuffer[] gradients; // one is sent while the other is written
    private int nextGradient;
    private WeightsBuffer weights;

    private ShardWorker(TrainPlan plan, Shards shards, SerializableConfiguration hadoop) {
        this.plan = plan;
        this.shards = shards;
        Device device = TaskDevice.start(plan.device());
        GradientCodec gradientFormat = plan.gradientFormat();
        network = new TrainingNetwork(plan.network(), plan.precision(), device);
        training = new TrainingStep(network, plan.loss(), gradientFormat);
        int cores = TaskContext.get().cpus();
        shardImages = new ShardImages(plan, shards, hadoop, cores, device);
        inputs = new BatchCollator(plan.network().imageSize(), cores);
        weightsFormat = plan.weightsFormat();
        received = ByteBuffer.allocateDirect(weightsFormat.bytes());
        gradients = new ByteBuffer[] {gradientFormat.allocate(), gradientFormat.allocate()};
    }

    /** Takes part in an epoch until the driver says that it is over; the calling task has the executor to itself. */
    static synchronized void takePart(
            TrainPlan plan,
            Shards shards,
            SerializableConfiguration hadoop,
            ExchangeAddress address,
            int epoch,
            Set<String> leftOut) {
        if (current == null || !current.plan.runId().equals(plan.runId())) {
            closeCurrent();
            current = new ShardWorker(plan, shards, hadoop);
        }
        TaskDevice.startTraining(plan.deterministic()); // validation may have been there since
        current.run(address, epoch, leftOut);
    }

    /** Frees this JVM's worker, if there is one. */
    static synchronized void closeCurrent() {
        if (current != null) {
            current.close();
            current = null;
        }
    }

    private void run(ExchangeAddress address, int epoch, Set<String> leftOut) {
        SparkEnv env = SparkEnv.get();
        String host = env.blockManager().blockManagerId().host();
        try (ExchangeClient client = new ExchangeClient(env.conf(), address, epoch, env.executorId(), host, received)) {
            for (Assignment work = client.next(); work != null; work = client.next()) {
                step(client, work, leftOut);
            }
            client.awaitUpload();
        }
    }

    private void step(ExchangeClient client, Assignment work, Set<String> leftOut) {
        if (client.fetchWeights(work)) {
            weights = weightsFormat.read(received);
        }
        ByteBuffer into = gradients[nextGradient];
        nextGradient = 1 - nextGradient;
        long start = System.nanoTime();
        Batches batches = new Batches(work, leftOut);
        ShardGradient gradient = DeviceErrors.guard(() -> training.run(weights, batches, into));
        double seconds = (System.nanoTime() - start) / 1e9;
        shardImages.decodeAhead();
        ShardReport report = new ShardReport(
                gradient.examples(),
                gradient.lossSum(),
                batches.rejects,
                batches.waitedSeconds,
                seconds - batches.waitedSeconds);
        client.upload(work, report, into);
    }

    /** The mini-batches of a shard's step, each made when it is asked for. */
    private final class Batches implements Iterator<Batch> {

        private final Assignment work;
        private final Set<String> leftOut;
        private final Iterator<Integer> numbers;
        private final List<Reject> rejects = new ArrayList<>();
        private double waitedSeconds;

        Batches(Assignment work, Set<String> leftOut) {
            this.work = work;
            this.leftOut = leftOut;
            numbers = IntStream.range(work.step() * shards.accumulate(), shards.endOf(work.step()))
                    .iterator();
        }

        @Override
        public boolean hasNext() {
            return numbers.hasNext();
        }

        @Override
        public Batch next() {
            long start = System.nanoTime();
            List<LoadedImage> images = shardImages.batch(work.shard(), work.epoch(), numbers.next(), leftOut);
            images.stream().filter(image -> !image.accepted()).map(Reject::of).forEach(rejects::add);
            Batch batch = batch(images.stream().filter(LoadedImage::accepted).toList(), work.epoch());
            waitedSeconds += (System.nanoTime() - start) / 1e9;
            return batch;
        }
    }

    private Batch batch(List<LoadedImage> images, int epoch) {
        float[] targets = new float[images.size()];
        long[] seeds = new long[images.size()];
        for (int i = 0; i < targets.length; i++) {
            ImageRef ref = images.get(i).ref();
            targets[i] = ref.target();
            seeds[i] = StableHash.of(~plan.seed(), epoch, ref.id()); // other draws than the augmentation's
        }
        return new Batch(inputs.of(images), targets, seeds);
    }

    @Override
    public void close() {
        shardImages.close();
        inputs.close();
        network.close();
    }
}
