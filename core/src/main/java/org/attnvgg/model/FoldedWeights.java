package org.attnvgg.model;

import java.util.LinkedHashMap;
import java.util.Map;
import org.attnvgg.model.NetworkLayout.Convolution;

/**
 * Weights in which each batch norm, at its running statistics, is folded into the convolution before it:
 * w' = w·γ/√(σ²+ε) and b' = (b-μ)·γ/√(σ²+ε) + β, computed in double.
 */
final class FoldedWeights {

    private static final double EPSILON = 1e-5;

    private final NetworkLayout layout;
    private final Weights weights;

    FoldedWeights(NetworkLayout layout, Weights weights) {
        weights.requireFits(layout);
        this.layout = layout;
        this.weights = weights;
    }

    /** The values of every tensor that a folded program takes, by name. */
    Map<String, float[]> values() {
        Map<String, float[]> values = new LinkedHashMap<>();
        for (TensorSpec tensor : layout.tensors()) {
            values.put(tensor.name(), slice(tensor.name()));
        }
        for (Convolution convolution : layout.convolutions()) {
            fold(convolution, values);
        }
        return values;
    }

    private void fold(Convolution convolution, Map<String, float[]> values) {
        float[] weight = values.get(convolution.prefix() + ".weight"); // out×in×3×3
        float[] bias = values.get(convolution.prefix() + ".bias"); // out
        float[] gamma = values.remove(convolution.normPrefix() + ".weight");
        float[] beta = values.remove(convolution.normPrefix() + ".bias");
        float[] mean = values.remove(convolution.normPrefix() + ".running_mean");
        float[] variance = values.remove(convolution.normPrefix() + ".running_var");
        int filter = weight.length / bias.length;
        for (int out = 0; out < bias.length; out++) {
            double scale = gamma[out] / Math.sqrt(variance[out] + EPSILON);
            for (int i = out * filter; i < (out + 1) * filter; i++) {
                weight[i] = (float) (weight[i] * scale);
            }
            bias[out] = (float) ((bias[out] - mean[out]) * scale + beta[out]);
        }
    }

    private float[] slice(String name) {
        TensorSpec tensor = layout.tensor(name);
        return tensor.slice(weights.vectorOf(tensor));
    }
}
