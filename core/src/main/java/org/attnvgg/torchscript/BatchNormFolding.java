package org.attnvgg.torchscript;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;

/**
 * Weights in which each batch norm, at its running statistics, is folded into the convolution before it:
 * w' = w·γ/√(σ²+ε) and b' = (b-μ)·γ/√(σ²+ε) + β, computed in double.
 */
final class BatchNormFolding {

    private static final double EPSILON = 1e-5;

    private final NetworkLayout layout;
    private final Weights weights;

    BatchNormFolding(NetworkLayout layout, Weights weights) {
        weights.requireFits(layout);
        this.layout = layout;
        this.weights = weights;
    }

    /** The values of every tensor that a {@link NetworkScript} takes, by name, rounded to float32. */
    Map<String, float[]> values() {
        return values(BatchNormFolding::rounded);
    }

    /** The same values, before they are rounded. */
    Map<String, double[]> exactValues() {
        return values(Function.identity());
    }

    private <T> Map<String, T> values(Function<double[], T> format) {
        Map<String, T> values = new LinkedHashMap<>();
        for (Convolution convolution : layout.convolutions()) {
            double[] scales = scales(convolution);
            values.put(convolution.prefix() + ".weight", format.apply(weight(convolution, scales)));
            values.put(convolution.prefix() + ".bias", format.apply(bias(convolution, scales)));
        }
        for (TensorSpec tensor : layout.tensors()) {
            if (!tensor.role().ofBatchNorm()) {
                values.computeIfAbsent(tensor.name(), name -> format.apply(slice(name)));
            }
        }
        return values;
    }

    /** γ/√(σ²+ε) of each output channel. */
    private double[] scales(Convolution convolution) {
        double[] scales = slice(convolution.normPrefix() + ".weight");
        double[] variance = slice(convolution.normPrefix() + ".running_var");
        for (int out = 0; out < scales.length; out++) {
            scales[out] /= Math.sqrt(variance[out] + EPSILON);
        }
        return scales;
    }

    private double[] weight(Convolution convolution, double[] scales) {
        double[] weight = slice(convolution.prefix() + ".weight"); // out×in×3×3
        int filter = weight.length / scales.length;
        for (int i = 0; i < weight.length; i++) {
            weight[i] *= scales[i / filter];
        }
        return weight;
    }

    private double[] bias(Convolution convolution, double[] scales) {
        double[] bias = slice(convolution.prefix() + ".bias"); // out
        double[] mean = slice(convolution.normPrefix() + ".running_mean");
        double[] beta = slice(convolution.normPrefix() + ".bias");
        for (int out = 0; out < bias.length; out++) {
            bias[out] = (bias[out] - mean[out]) * scales[out] + beta[out];
        }
        return bias;
    }

    private double[] slice(String name) {
        TensorSpec tensor = layout.tensor(name);
        float[] vector = weights.vectorOf(tensor);
        double[] values = new double[tensor.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = vector[tensor.offset() + i];
        }
        return values;
    }

    private static float[] rounded(double[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = (float) values[i];
        }
        return rounded;
    }
}
