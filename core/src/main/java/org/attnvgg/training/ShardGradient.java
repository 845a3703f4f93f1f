package org.attnvgg.training;

import java.nio.ByteBuffer;

/**
 * What one shard computed of its mini-batches.
 *
 * @param examples how many examples it had; 0 when the shard ran out before the others
 * @param lossSum the sum of their losses
 * @param values the gradient of that sum and the running statistics after the forward passes, as
 *     {@link GradientCodec} lays them out; nothing is read from it when there were no examples
 */
public record ShardGradient(int examples, double lossSum, ByteBuffer values) {}
