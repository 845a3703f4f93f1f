package org.attnvgg.model;

import java.util.Arrays;
import java.util.Random;

/**
 * The notebook's starting weights where no file is loaded. The same seed gives the same weights on every machine:
 * {@link Random#nextGaussian()} is specified to the bit.
 */
public final class WeightInitializer {

    private static final double CLASSIFIER_STD = 0.01;

    private WeightInitializer() {}

    /** Fresh weights for every tensor. */
    public static Weights of(NetworkLayout layout, long seed) {
        Weights weights = Weights.zeros(layout);
        Random random = new Random(seed);
        for (TensorSpec tensor : layout.tensors()) {
            fill(tensor, weights.vectorOf(tensor), random);
        }
        return weights;
    }

    private static void fill(TensorSpec tensor, float[] vector, Random random) {
        switch (tensor.role()) {
            // torchvision's VGG: Kaiming normal with fan-out, https://arxiv.org/abs/1502.01852
            case CONV_WEIGHT ->
                normal(tensor, vector, random, kaiming(tensor, tensor.shape().get(0)));
            case ATTENTION_WEIGHT ->
                normal(tensor, vector, random, kaiming(tensor, tensor.shape().get(1)));
            case CLASSIFIER_WEIGHT -> normal(tensor, vector, random, CLASSIFIER_STD);
            case NORM_WEIGHT, RUNNING_VAR -> Arrays.fill(vector, tensor.offset(), tensor.offset() + tensor.size(), 1);
            case CONV_BIAS, NORM_BIAS, RUNNING_MEAN, ATTENTION_BIAS, CLASSIFIER_BIAS -> {
                // zero
            }
        }
    }

    private static double kaiming(TensorSpec tensor, long channels) {
        long kernel = tensor.shape().get(2) * tensor.shape().get(3);
        return Math.sqrt(2.0 / (channels * kernel));
    }

    private static void normal(TensorSpec tensor, float[] vector, Random random, double std) {
        for (int i = 0; i < tensor.size(); i++) {
            vector[tensor.offset() + i] = (float) (random.nextGaussian() * std);
        }
    }
}
