package org.attnvgg.training;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;

/**
 * The examples of one shard at one step.
 *
 * @param pixels normalised images N×3×S×S, direct, in native byte order
 * @param targets labels 0 or 1, one an image
 * @param seeds one an image, for what is random about it while training: the dropout mask
 */
public record Batch(ByteBuffer pixels, float[] targets, long[] seeds) {

    /** The number of examples. */
    public int size() {
        return targets.length;
    }

    /** The dropout mask N×F, row by row: 0 with probability {@code dropout}, else 1 / (1 - dropout). */
    float[] dropoutMask(NetworkConfig settings) {
        int features = NetworkLayout.of(settings).tensor("cls.weight").size();
        float kept = (float) (1 / (1 - settings.dropout()));
        float[] mask = new float[size() * features];
        Arrays.fill(mask, kept);
        for (int n = 0; n < size(); n++) {
            SplittableRandom random = new SplittableRandom(seeds[n]);
            for (int f = 0; f < features; f++) {
                if (random.nextDouble() < settings.dropout()) {
                    mask[n * features + f] = 0;
                }
            }
        }
        return mask;
    }
}
