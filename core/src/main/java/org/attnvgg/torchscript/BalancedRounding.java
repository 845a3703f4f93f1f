package org.attnvgg.torchscript;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.attnvgg.Bfloat16;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;

/**
 * Rounds folded weights to bfloat16 so that every channel keeps its mean. Rounding each weight to the nearest leaves an error
 * in the mean of each output, equal at all positions, which nothing averages out; here the weights of a filter that lie
 * nearest half way between two bfloat16 numbers go to the other one until that error, the bias's included, is gone. Means of
 * the inputs follow from batch norm, whose output is taken to be normal: see Nagel et al., "Data-Free Quantization Through
 * Weight Equalization and Bias Correction", https://arxiv.org/abs/1906.04721, section 4.2.
 */
final class BalancedRounding {

    /** How near half way a weight must be to go the other way, in 1/65536 of the step: few go far. */
    private static final int[] REACHES = {0x400, 0x1000, 0x4000, 0x8000};

    /** Weights of a 3×3 filter. */
    private static final int TAPS = 9;

    private static final int HALF_WAY = 0x8000;

    /** An error of the mean that needs no more work, in standard deviations of the output. */
    private static final double NEGLIGIBLE = 1e-4;

    private final NetworkLayout layout;
    private final Weights weights;
    private final Map<String, float[]> values;
    private final Predicate<Convolution> byWinograd;

    private BalancedRounding(
            NetworkLayout layout, Weights weights, Map<String, float[]> values, Predicate<Convolution> byWinograd) {
        this.layout = layout;
        this.weights = weights;
        this.values = values;
        this.byWinograd = byWinograd;
    }

    /**
     * Rounds all convolutions but the first, which stays float32, in the values of {@link BatchNormFolding#values()}.
     *
     * @param byWinograd which ones are computed by {@link WinogradConvolution}: their filters are rounded when transformed, so
     *     here only the means of the 3×3 weights are, which are all that counts where the input is even
     */
    static void apply(
            NetworkLayout layout, Weights weights, Map<String, float[]> values, Predicate<Convolution> byWinograd) {
        BalancedRounding rounding = new BalancedRounding(layout, weights, values, byWinograd);
        List<Convolution> convolutions = layout.convolutions();
        for (int i = 1; i < convolutions.size(); i++) {
            double[] inputs = rounding.rectifiedMeans(convolutions.get(i - 1));
            rounding.round(convolutions.get(i), inputs);
        }
    }

    private float[] norm(Convolution convolution, String name) {
        TensorSpec tensor = layout.tensor(convolution.normPrefix() + "." + name);
        return tensor.slice(weights.vectorOf(tensor));
    }

    /** E[max(0, x)] of each channel, x normal with mean β and standard deviation |γ|: β·Φ(β/γ) + γ·φ(β/γ). */
    private double[] rectifiedMeans(Convolution convolution) {
        float[] gamma = norm(convolution, "weight");
        float[] beta = norm(convolution, "bias");
        double[] means = new double[beta.length];
        for (int i = 0; i < means.length; i++) {
            double std = Math.max(Math.abs(gamma[i]), Float.MIN_NORMAL);
            double z = beta[i] / std;
            means[i] = beta[i] * distribution(z) + std * density(z);
        }
        return means;
    }

    private static double density(double z) {
        return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    }

    /** The normal distribution (Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.2.17), to 1e-7. */
    private static double distribution(double z) {
        double t = 1 / (1 + 0.2316419 * Math.abs(z));
        double series = 1.781477937 + t * (-1.821255978 + t * 1.330274429);
        double tail = density(z) * t * (0.319381530 + t * (-0.356563782 + t * series));
        return z >= 0 ? 1 - tail : tail;
    }

    private void round(Convolution convolution, double[] inputs) {
        float[] weight = values.get(convolution.prefix() + ".weight"); // out×in×3×3
        float[] bias = values.get(convolution.prefix() + ".bias"); // out
        double share = shareOfMeans(weight, bias, norm(convolution, "bias"), inputs);
        if (byWinograd.test(convolution)) {
            float[] before = tapMeans(weight); // out×in
            float[] after = before.clone();
            balance(convolution, after, bias, inputs, share * TAPS);
            for (int i = 0; i < weight.length; i++) {
                weight[i] += after[i / TAPS] - before[i / TAPS];
            }
        } else {
            balance(convolution, weight, bias, inputs, share);
        }
    }

    private static float[] tapMeans(float[] weight) {
        float[] means = new float[weight.length / TAPS];
        for (int i = 0; i < means.length; i++) {
            double sum = 0;
            for (int tap = 0; tap < TAPS; tap++) {
                sum += weight[i * TAPS + tap];
            }
            means[i] = (float) (sum / TAPS);
        }
        return means;
    }

    private void balance(Convolution convolution, float[] weight, float[] bias, double[] inputs, double share) {
        float[] gamma = norm(convolution, "weight");
        IntStream.range(0, bias.length).parallel().forEach(out -> {
            float rounded = nearest(bias[out]);
            int filter = weight.length / bias.length;
            balance(
                    weight,
                    out * filter,
                    filter,
                    rounded - bias[out],
                    inputs,
                    share,
                    NEGLIGIBLE * Math.abs(gamma[out]));
            bias[out] = rounded;
        });
    }

    /**
     * What to multiply the means by, so that the outputs' means come out best as batch norm says they are, β: max pool
     * raises means, and neighbouring layers are not quite normal.
     */
    private static double shareOfMeans(float[] weight, float[] bias, float[] beta, double[] inputs) {
        double fitted = 0;
        double square = 0;
        int filter = weight.length / bias.length;
        int kernel = filter / inputs.length;
        for (int out = 0; out < bias.length; out++) {
            double mean = 0;
            for (int i = 0; i < filter; i++) {
                mean += weight[out * filter + i] * inputs[i / kernel];
            }
            fitted += mean * (beta[out] - bias[out]);
            square += mean * mean;
        }
        return square > 0 ? Math.min(2, Math.max(0.5, fitted / square)) : 1;
    }

    /** Rounds one filter; {@code error} is what is wrong with the output's mean before. */
    private static void balance(
            float[] weight, int from, int length, double error, double[] inputs, double share, double enough) {
        int kernel = length / inputs.length;
        float[] exact = new float[length];
        System.arraycopy(weight, from, exact, 0, length);
        double left = error;
        for (int i = 0; i < length; i++) {
            weight[from + i] = nearest(exact[i]);
            left += ((double) weight[from + i] - exact[i]) * inputs[i / kernel] * share;
        }
        for (int reach : REACHES) {
            for (int i = 0; i < length && Math.abs(left) > enough; i++) {
                int bits = Float.floatToRawIntBits(exact[i]);
                int fraction = bits & 0xffff;
                if (fraction != 0 && Math.abs(fraction - HALF_WAY) <= reach) {
                    float lower = Float.intBitsToFloat(bits - fraction);
                    float other = weight[from + i] == lower ? Float.intBitsToFloat(bits - fraction + 0x10000) : lower;
                    double changed = left + ((double) other - weight[from + i]) * inputs[i / kernel] * share;
                    if (Math.abs(changed) < Math.abs(left)) {
                        left = changed;
                        weight[from + i] = other;
                    }
                }
            }
        }
    }

    private static float nearest(float value) {
        return Bfloat16.widen(Bfloat16.round(value));
    }
}
