package org.attnvgg.training;

import java.io.Serializable;

/**
 * What one shard computed of its mini-batch.
 *
 * @param examples how many examples it had; 0 when the shard ran out before the others
 * @param lossSum the sum of their losses
 * @param gradient the gradient of the <em>mean</em> loss over them, laid out as the trained values
 * @param statistics the running statistics after its forward pass
 */
public record ShardGradient(int examples, double lossSum, float[] gradient, float[] statistics)
        implements Serializable {

    private static final long serialVersionUID = 1;
}
