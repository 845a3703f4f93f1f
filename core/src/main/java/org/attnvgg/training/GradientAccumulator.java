package org.attnvgg.training;

import java.util.stream.IntStream;

/**
 * Adds up the shards' gradients in the order in which they are given, on all cores, in float32. Each value's additions run
 * in that order, so the same shards give the same bits wherever and whenever they ran. Its vectors are reused step after
 * step.
 */
public final class GradientAccumulator {

    /** Values that a core takes at a time. */
    private static final int CHUNK = 1 << 16;

    /** Values read at a time: what stays in a core's first cache. */
    private static final int BLOCK = 4096;

    private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

    private final GradientCodec format;
    private final float[] gradient;
    private final float[] statisticsSum;
    private final float[] shardStatistics;
    private int examples;
    private double lossSum;
    private String nonFinite = "nothing";

    /** An empty sum. */
    public GradientAccumulator(GradientCodec format) {
        this.format = format;
        gradient = new float[format.gradients()];
        statisticsSum = new float[format.statistics()];
        shardStatistics = new float[format.statistics()];
    }

    /** Starts the next step's sum. */
    public void clear() {
        examples = 0;
        lossSum = 0;
    }

    /**
     * Adds the next shard; one without examples changes nothing.
     *
     * @return whether all that it brought is finite; if not, the sum is of no use, and {@link #nonFinite} says why
     */
    public boolean add(ShardGradient shard) {
        if (shard.examples() == 0) {
            return true;
        }
        boolean first = examples == 0;
        int chunks = (gradient.length + CHUNK - 1) / CHUNK;
        int largest = IntStream.range(0, chunks)
                .parallel()
                .map(chunk -> add(shard, chunk * CHUNK, Math.min(gradient.length, (chunk + 1) * CHUNK), first))
                .max()
                .orElse(0);
        boolean finite = addStatistics(shard, first);
        examples += shard.examples();
        lossSum += shard.lossSum();
        if (largest >= INFINITY_BITS) {
            nonFinite = "gradient";
        } else if (!finite) {
            nonFinite = "running statistic";
        } else if (!Double.isFinite(shard.lossSum())) {
            nonFinite = "loss or logit";
        } else {
            return true;
        }
        return false;
    }

    /** What was not finite of the last shard that brought such a thing. */
    public String nonFinite() {
        return nonFinite;
    }

    /** Adds one chunk and gives the largest magnitude in it, as bits: those of infinity and NaN are above all others. */
    private int add(ShardGradient shard, int from, int to, boolean first) {
        float[] block = new float[BLOCK];
        int largest = 0;
        for (int at = from; at < to; at += BLOCK) {
            int length = Math.min(BLOCK, to - at);
            format.readGradient(shard.values(), at, block, length);
            for (int i = 0; i < length; i++) {
                largest = Math.max(largest, Float.floatToRawIntBits(block[i]) & Integer.MAX_VALUE);
            }
            if (first) {
                System.arraycopy(block, 0, gradient, at, length);
            } else {
                for (int i = 0; i < length; i++) {
                    gradient[at + i] += block[i];
                }
            }
        }
        return largest;
    }

    private boolean addStatistics(ShardGradient shard, boolean first) {
        format.readStatistics(shard.values(), shardStatistics);
        boolean finite = true;
        for (int i = 0; i < statisticsSum.length; i++) {
            float weighted = shard.examples() * shardStatistics[i];
            statisticsSum[i] = first ? weighted : statisticsSum[i] + weighted;
            finite &= Float.isFinite(weighted);
        }
        return finite;
    }

    /** Examples added so far. */
    public int examples() {
        return examples;
    }

    /** The sum of their losses. */
    public double lossSum() {
        return lossSum;
    }

    /** The gradient of the sum of their losses; divided by {@link #examples()}, that of the mean. */
    public float[] gradient() {
        return gradient;
    }

    /** Running statistics, averaged over the shards by their examples. */
    public float[] statistics() {
        float[] average = new float[statisticsSum.length];
        for (int i = 0; i < average.length; i++) {
            average[i] = statisticsSum[i] / examples;
        }
        return average;
    }
}
