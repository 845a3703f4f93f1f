package org.attnvgg.spark.train;

import ai.djl.Device;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.StableHash;
import org.attnvgg.image.Augmentation;
import org.attnvgg.model.AttnVgg;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.pipeline.BatchLoader;
import org.attnvgg.spark.pipeline.ImageRef;
import org.attnvgg.spark.pipeline.ImageSource;
import org.attnvgg.spark.pipeline.InputTensor;
import org.attnvgg.spark.pipeline.LoadedImage;
import org.attnvgg.spark.pipeline.TaskDevice;
import org.attnvgg.training.Batch;
import org.attnvgg.training.ShardGradient;
import org.attnvgg.training.TrainingStep;
import org.attnvgg.training.TrainingStep.BatchNorm;

/**
 * The training side of an executor: one network, the shards' orders, and for each shard the next batch being decoded
 * while this one is computed. One in a JVM, one step at a time; another run takes its place.
 */
final class ShardWorker implements AutoCloseable {

    private static ShardWorker current;

    private final TrainPlan plan;
    private final Shards shards;
    private final AttnVgg network;
    private final TrainingStep training;
    private final BatchLoader loader;
    private final Map<Integer, EpochOrder> orders = new HashMap<>();
    private final Map<Integer, Ahead> ahead = new HashMap<>();

    private record EpochOrder(int epoch, List<ImageRef> refs) {}

    private record Ahead(int epoch, int step, BatchLoader.Pending pending) {}

    private ShardWorker(TrainPlan plan, Shards shards, SerializableConfiguration hadoop) {
        this.plan = plan;
        this.shards = shards;
        Device device = TaskDevice.start(plan.device());
        network = new AttnVgg(plan.network(), plan.precision(), device);
        training = new TrainingStep(network, plan.loss());
        ImageSource source =
                new ImageSource(hadoop.value(), plan.limits(), plan.network().imageSize());
        loader = new BatchLoader(source, TaskContext.get().cpus());
    }

    /** This executor's worker of that run. */
    static synchronized ShardWorker of(TrainPlan plan, Shards shards, SerializableConfiguration hadoop) {
        if (current == null || !current.plan.runId().equals(plan.runId())) {
            closeCurrent();
            current = new ShardWorker(plan, shards, hadoop);
        }
        return current;
    }

    /** Frees this JVM's worker, if there is one. */
    static synchronized void closeCurrent() {
        if (current != null) {
            current.close();
            current = null;
        }
    }

    /** The gradient of a shard's batch at these weights. */
    synchronized ShardResult step(int shard, int epoch, int step, Weights weights) {
        List<LoadedImage> images = take(shard, epoch, step).get();
        ahead.put(shard, new Ahead(epoch, step + 1, start(shard, epoch, step + 1)));
        List<LoadedImage> accepted =
                images.stream().filter(LoadedImage::accepted).toList();
        List<ShardResult.Reject> rejects = images.stream()
                .filter(image -> !image.accepted())
                .map(ShardResult.Reject::of)
                .toList();
        if (accepted.isEmpty()) {
            return new ShardResult(new ShardGradient(0, 0, new float[0], new float[0]), rejects);
        }
        return new ShardResult(training.run(weights, batch(accepted, epoch), BatchNorm.BATCH_STATISTICS), rejects);
    }

    private BatchLoader.Pending take(int shard, int epoch, int step) {
        Ahead ready = ahead.remove(shard);
        return ready != null && ready.epoch == epoch && ready.step == step ? ready.pending : start(shard, epoch, step);
    }

    private BatchLoader.Pending start(int shard, int epoch, int step) {
        EpochOrder order = orders.get(shard);
        if (order == null || order.epoch != epoch) {
            order = new EpochOrder(epoch, shards.epochOrder(epoch, shard));
            orders.put(shard, order);
        }
        Function<ImageRef, Augmentation> augmentation =
                plan.augment() ? ref -> Augmentation.draw(plan.seed(), epoch, ref.id()) : ref -> Augmentation.NONE;
        return loader.start(shards.batch(order.refs, shard, step), augmentation);
    }

    private Batch batch(List<LoadedImage> images, int epoch) {
        float[] targets = new float[images.size()];
        long[] seeds = new long[images.size()];
        for (int i = 0; i < targets.length; i++) {
            ImageRef ref = images.get(i).ref();
            targets[i] = ref.target();
            seeds[i] = StableHash.of(~plan.seed(), epoch, ref.id()); // other draws than the augmentation's
        }
        return new Batch(InputTensor.of(images, plan.network().imageSize()), targets, seeds);
    }

    @Override
    public void close() {
        loader.close();
        network.close();
    }
}
