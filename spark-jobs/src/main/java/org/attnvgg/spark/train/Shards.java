package org.attnvgg.spark.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.attnvgg.StableHash;
import org.attnvgg.spark.data.ImageRef;

/**
 * The training examples of each shard, and the order in which each epoch takes them. Both depend only on the seed and
 * the image ids. A shard keeps its examples for the whole run; together the shards see every example once an epoch.
 *
 * @param seed of the partition and of every epoch's order
 * @param batchSize examples of a mini-batch over all shards
 * @param accumulate mini-batches of a step
 * @param parts the examples of each shard
 */
record Shards(long seed, int batchSize, int accumulate, List<List<ImageRef>> parts) implements Serializable {

    private static final long serialVersionUID = 1;
    private static final int PARTITION = -1;

    /**
     * Deals round by round of one batch: in each round, the examples go to the shards in turn. So every full batch takes
     * the same number from a shard, and all shards run out in the same step.
     */
    static Shards partition(List<ImageRef> examples, int shards, int batchSize, int accumulate, long seed) {
        List<List<ImageRef>> parts = new ArrayList<>();
        for (int shard = 0; shard < shards; shard++) {
            parts.add(new ArrayList<>());
        }
        List<ImageRef> shuffled = shuffled(examples, seed, PARTITION);
        for (int i = 0; i < shuffled.size(); i++) {
            parts.get(i % batchSize % shards).add(shuffled.get(i));
        }
        return new Shards(seed, batchSize, accumulate, parts);
    }

    private static List<ImageRef> shuffled(List<ImageRef> examples, long seed, int number) {
        List<ImageRef> shuffled = new ArrayList<>(examples);
        shuffled.sort(Comparator.<ImageRef>comparingLong(ref -> StableHash.of(seed, number, ref.id()))
                .thenComparing(ImageRef::id));
        return shuffled;
    }

    /** How many shards there are. */
    int count() {
        return parts.size();
    }

    /** Examples that a shard has in a full batch. */
    int batchSize(int shard) {
        return batchSize / count() + (shard < batchSize % count() ? 1 : 0);
    }

    /** Mini-batches of an epoch. */
    int batches() {
        int examples = parts.stream().mapToInt(List::size).sum();
        return (examples + batchSize - 1) / batchSize;
    }

    /** Steps of an epoch. */
    int steps() {
        return (batches() + accumulate - 1) / accumulate;
    }

    /** The first mini-batch after a step, which begins with {@code step * accumulate}. */
    int endOf(int step) {
        return Math.min(batches(), (step + 1) * accumulate);
    }

    /** A shard's examples in an epoch's order. */
    List<ImageRef> epochOrder(int epoch, int shard) {
        return shuffled(parts.get(shard), seed, epoch);
    }

    /** A shard's examples of a mini-batch, from 0, out of its epoch's order; empty when it has run out. */
    List<ImageRef> batch(List<ImageRef> epochOrder, int shard, int batch) {
        int size = batchSize(shard);
        int from = Math.min(epochOrder.size(), batch * size);
        return List.copyOf(epochOrder.subList(from, Math.min(epochOrder.size(), from + size)));
    }
}
