package org.attnvgg.training;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The average over shards, each weighted by its examples: the gradient of the mean loss over the global batch. The
 * additions run in the order of the shards, so the same shards give the same bits wherever they ran.
 *
 * @param examples examples of the global batch
 * @param loss mean loss over them
 * @param gradient gradient of that mean
 * @param statistics running statistics
 */
public record GradientAverage(int examples, double loss, float[] gradient, float[] statistics) {

    private static final int CHUNK = 1 << 16;

    /** The average of the shards' results, in the order given; shards without examples do not count. */
    public static GradientAverage of(List<ShardGradient> shards) {
        List<ShardGradient> filled =
                shards.stream().filter(shard -> shard.examples() > 0).toList();
        int examples = filled.stream().mapToInt(ShardGradient::examples).sum();
        if (examples == 0) {
            throw new IllegalArgumentException("no shard of " + shards.size() + " had an example to average");
        }
        double loss = filled.stream().mapToDouble(ShardGradient::lossSum).sum() / examples;
        return new GradientAverage(
                examples,
                loss,
                average(filled, ShardGradient::gradient, examples),
                average(filled, ShardGradient::statistics, examples));
    }

    private static float[] average(List<ShardGradient> shards, Function<ShardGradient, float[]> part, int examples) {
        float[] sum = new float[part.apply(shards.get(0)).length];
        int chunks = (sum.length + CHUNK - 1) / CHUNK;
        IntStream.range(0, chunks).parallel().forEach(chunk -> {
            int end = Math.min(sum.length, (chunk + 1) * CHUNK);
            for (ShardGradient shard : shards) {
                float share = (float) ((double) shard.examples() / examples);
                float[] values = part.apply(shard);
                for (int i = chunk * CHUNK; i < end; i++) {
                    sum[i] += share * values[i];
                }
            }
        });
        return sum;
    }
}
