package org.attnvgg.model;

import java.util.Arrays;
import java.util.List;

/**
 * One tensor of the network.
 *
 * @param name its name in the notebook's {@code state_dict}
 * @param shape its dimensions, outermost first
 * @param role what it is for
 * @param offset index of its first value in {@link Weights#trainable()} or {@link Weights#statistics()}
 */
public record TensorSpec(String name, List<Long> shape, Role role, int offset) {

    /** What a tensor is for; running statistics are not trained. */
    public enum Role {
        CONV_WEIGHT,
        CONV_BIAS,
        NORM_WEIGHT,
        NORM_BIAS,
        RUNNING_MEAN,
        RUNNING_VAR,
        ATTENTION_WEIGHT,
        ATTENTION_BIAS,
        CLASSIFIER_WEIGHT,
        CLASSIFIER_BIAS;

        /** Whether the optimizer changes it. */
        public boolean trainable() {
            return this != RUNNING_MEAN && this != RUNNING_VAR;
        }

        /** Whether a network in a shorter precision rounds it to that; all others stay float32. */
        public boolean ofConvolution() {
            return this == CONV_WEIGHT || this == CONV_BIAS;
        }

        /** Whether it goes away when batch norm is folded into the convolutions. */
        public boolean ofBatchNorm() {
            return switch (this) {
                case NORM_WEIGHT, NORM_BIAS, RUNNING_MEAN, RUNNING_VAR -> true;
                default -> false;
            };
        }
    }

    /** The number of values. */
    public int size() {
        return Math.toIntExact(shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact));
    }

    /** The dimensions as an array. */
    public long[] dimensions() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** The values of this tensor out of the vector that holds it. */
    public float[] slice(float[] vector) {
        return Arrays.copyOfRange(vector, offset, offset + size());
    }

    /** The name as an identifier of a TorchScript source: {@code conv_block1_0_weight}. */
    public String identifier() {
        return name.replace('.', '_');
    }
}
