package org.attnvgg.training;

import java.util.stream.IntStream;

/**
 * Adam as {@code torch.optim.Adam} computes it in float32, without weight decay (Kingma and Ba,
 * https://arxiv.org/abs/1412.6980), over one flat vector. The moments start at zero and are given up and taken back
 * through {@link #state()}.
 */
public final class Adam {

    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    /** Elements a thread takes at a time: 1 MiB of float32, so that its four vectors stay near the core. */
    private static final int CHUNK = 1 << 18;

    private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

    private final double learningRate;
    private final float[] firstMoment;
    private final float[] secondMoment;
    private long step;

    /**
     * What a restart needs beside the weights. The vectors are Adam's own, not copies.
     *
     * @param step updates made
     * @param firstMoment running mean of the gradient
     * @param secondMoment running mean of the squared gradient
     */
    public record State(long step, float[] firstMoment, float[] secondMoment) {}

    /** A fresh optimizer of {@code size} values. */
    public Adam(double learningRate, int size) {
        this(learningRate, new State(0, new float[size], new float[size]));
    }

    /** An optimizer that goes on from a state, and owns its vectors from here on. */
    public Adam(double learningRate, State state) {
        if (!(learningRate > 0)) {
            throw new IllegalArgumentException("learning rate " + learningRate + ": must be above 0");
        }
        if (state.firstMoment.length != state.secondMoment.length) {
            throw new IllegalArgumentException("Adam's moments differ in length: %,d and %,d"
                    .formatted(state.firstMoment.length, state.secondMoment.length));
        }
        this.learningRate = learningRate;
        this.firstMoment = state.firstMoment;
        this.secondMoment = state.secondMoment;
        this.step = state.step;
    }

    /** The state after the updates so far. */
    public State state() {
        return new State(step, firstMoment, secondMoment);
    }

    /**
     * Changes the values in place by one update, on all cores; the result does not depend on how many.
     *
     * @param gradient summed over {@code examples}
     * @param examples what to divide it by
     * @return whether all values and moments are finite after it
     */
    public boolean update(float[] values, float[] gradient, int examples) {
        if (values.length != firstMoment.length || gradient.length != firstMoment.length) {
            throw new IllegalArgumentException("Adam holds %,d moments, but was given %,d values and %,d gradients"
                    .formatted(firstMoment.length, values.length, gradient.length));
        }
        step++;
        // PyTorch computes these scalars in double and applies them to float32 tensors.
        float stepSize = (float) (learningRate / (1 - Math.pow(BETA1, (double) step)));
        float correction = (float) Math.sqrt(1 - Math.pow(BETA2, (double) step));
        int chunks = (values.length + CHUNK - 1) / CHUNK;
        int largest = IntStream.range(0, chunks)
                .parallel()
                .map(chunk -> {
                    int end = Math.min(values.length, (chunk + 1) * CHUNK);
                    update(values, gradient, examples, chunk * CHUNK, end, stepSize, correction);
                    return Math.max(
                            largestBits(values, chunk * CHUNK, end), largestBits(secondMoment, chunk * CHUNK, end));
                })
                .max()
                .orElse(0);
        return largest < INFINITY_BITS;
    }

    /** The largest magnitude as bits: those of infinity and NaN are above all others. */
    private static int largestBits(float[] values, int from, int to) {
        int largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & Integer.MAX_VALUE);
        }
        return largest;
    }

    private void update(
            float[] values, float[] gradient, float examples, int from, int to, float stepSize, float correction) {
        float beta1 = (float) BETA1;
        float beta2 = (float) BETA2;
        float rest1 = (float) (1 - BETA1);
        float rest2 = (float) (1 - BETA2);
        float epsilon = (float) EPSILON;
        for (int i = from; i < to; i++) {
            float g = gradient[i] / examples;
            float m = firstMoment[i] * beta1 + g * rest1;
            float v = secondMoment[i] * beta2 + g * g * rest2;
            firstMoment[i] = m;
            secondMoment[i] = v;
            values[i] -= stepSize * (m / ((float) Math.sqrt(v) / correction + epsilon));
        }
    }
}
