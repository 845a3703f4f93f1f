package org.attnvgg.spark.train;

import ai.djl.Device;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.JpegScale;
import org.attnvgg.image.RgbImage;
import org.attnvgg.spark.data.BatchLoader;
import org.attnvgg.spark.data.CachedReader;
import org.attnvgg.spark.data.ImageFileReader;
import org.attnvgg.spark.data.ImageLoader;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.data.LoadedImage;

/**
 * The images of the shards that an executor carries, mini-batch by mini-batch in an epoch's order: compressed bytes are
 * kept, and the shard's next mini-batch is read, and decoded when there is time, while one is computed, as far as the memory for
 * that goes.
 */
final class ShardImages implements AutoCloseable {

    private final TrainPlan plan;
    private final Shards shards;
    private final CachedReader reader;
    private final BatchLoader loader;
    private final Map<Integer, EpochOrder> orders = new HashMap<>();
    private final Map<Integer, Ahead> ahead = new HashMap<>();

    private record EpochOrder(int epoch, List<ImageRef> refs) {}

    private record Ahead(int epoch, int batch, int images, BatchLoader.Pending pending) {}

    ShardImages(TrainPlan plan, Shards shards, SerializableConfiguration hadoop, int cores, Device device) {
        this.plan = plan;
        this.shards = shards;
        reader = new CachedReader(new ImageFileReader(hadoop.value()));
        loader = new BatchLoader(
                new ImageLoader(reader, plan.limits(), plan.network().imageSize(), JpegScale.FULL), cores, device);
    }

    /** A shard's mini-batch, without the images of these ids; waits for it, and starts the next. */
    List<LoadedImage> batch(int shard, int epoch, int batch, Set<String> leftOut) {
        Ahead ready = ahead.remove(shard);
        if (ready == null || ready.epoch != epoch || ready.batch != batch) {
            ready = start(shard, epoch, batch, leftOut);
        }
        List<LoadedImage> images = ready.pending.get();
        if (batch + 1 < shards.batches() && bytesAhead() + bytes(images.size()) <= plan.prefetchBytes()) {
            ahead.put(shard, start(shard, epoch, batch + 1, leftOut));
        }
        return images;
    }

    /** The cores have nothing to compute for now: what will be needed next can be decoded meanwhile. */
    void decodeAhead() {
        ahead.values().forEach(one -> one.pending.decode());
    }

    private long bytesAhead() {
        return ahead.values().stream().mapToLong(one -> bytes(one.images)).sum();
    }

    private long bytes(int images) {
        int side = plan.network().imageSize();
        return (long) images * RgbImage.CHANNELS * side * side;
    }

    private Ahead start(int shard, int epoch, int batch, Set<String> leftOut) {
        EpochOrder order = orders.get(shard);
        if (order == null || order.epoch != epoch) {
            order = new EpochOrder(epoch, shards.epochOrder(epoch, shard));
            orders.put(shard, order);
        }
        List<ImageRef> refs = shards.batch(order.refs, shard, batch).stream()
                .filter(ref -> !leftOut.contains(ref.id()))
                .toList();
        Function<ImageRef, Augmentation> augmentation =
                plan.augment() ? ref -> Augmentation.draw(plan.seed(), epoch, ref.id()) : ref -> Augmentation.NONE;
        return new Ahead(epoch, batch, refs.size(), loader.start(refs, augmentation));
    }

    @Override
    public void close() {
        loader.close();
        reader.close();
    }
}
