package org.attnvgg.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import org.attnvgg.Bfloat16;
import org.attnvgg.Ratios;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkLayout.Convolution;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.TensorSpec.Role;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.junit.jupiter.api.Test;

class BalancedRoundingTest {

    private final NetworkLayout layout = NetworkLayout.of(new NetworkConfig(0.25, 32, true, 0));
    private final Weights weights = withStatistics(WeightInitializer.of(layout, 3));
    private final Map<String, float[]> exact = new BatchNormFolding(layout, weights).values();
    private final Map<String, float[]> rounded = new BatchNormFolding(layout, weights).values();

    BalancedRoundingTest() {
        BalancedRounding.apply(layout, weights, rounded, convolution -> false);
    }

    /** The mean of max(0, x) for x normal with mean 0.5 and deviation 1. */
    private static final double INPUT_MEAN = 0.6977966;

    /** Batch norms as if training had given every channel that mean. */
    private Weights withStatistics(Weights fresh) {
        for (Convolution convolution : layout.convolutions()) {
            TensorSpec beta = layout.tensor(convolution.normPrefix() + ".bias");
            TensorSpec mean = layout.tensor(convolution.normPrefix() + ".running_mean");
            TensorSpec weight = layout.tensor(convolution.prefix() + ".weight");
            int filter = weight.size() / beta.size();
            for (int out = 0; out < beta.size(); out++) {
                double sum = 0;
                for (int i = 0; i < filter; i++) {
                    sum += fresh.trainable()[weight.offset() + out * filter + i];
                }
                fresh.trainable()[beta.offset() + out] = 0.5f;
                fresh.statistics()[mean.offset() + out] = (float) (sum * INPUT_MEAN);
            }
        }
        return fresh;
    }

    @Test
    void everyWeightBecomesOneOfItsTwoNeighbours() {
        for (Convolution convolution : layout.convolutions().subList(1, 13)) {
            float[] before = exact.get(convolution.prefix() + ".weight");
            float[] after = rounded.get(convolution.prefix() + ".weight");
            for (int i = 0; i < before.length; i++) {
                assertThat(Float.floatToRawIntBits(after[i]) & 0xffff).isZero();
                assertThat(Math.abs(after[i] - before[i])).isLessThanOrEqualTo(Math.abs(before[i]) / 128);
            }
        }
    }

    @Test
    void theFirstConvolutionAndWhatIsNoConvolutionStay() {
        assertThat(rounded.get("conv_block1.0.weight")).isEqualTo(exact.get("conv_block1.0.weight"));
        assertThat(rounded.get("conv_block1.0.bias")).isEqualTo(exact.get("conv_block1.0.bias"));
        assertThat(rounded.get("attn1.W_l.weight")).isEqualTo(exact.get("attn1.W_l.weight"));
        assertThat(rounded.get("cls.weight")).isEqualTo(exact.get("cls.weight"));
    }

    @Test
    void channelsKeepTheirMeansFarBetterThanByNearestRounding() {
        assertKeepsMeans(exact, rounded, 1);
    }

    @Test
    void filtersThatAreYetToBeTransformedAreShiftedSoThatTheirMeansAreBalanced() {
        Map<String, float[]> shifted = new BatchNormFolding(layout, weights).values();
        BalancedRounding.apply(layout, weights, shifted, convolution -> true);
        for (Convolution convolution : layout.convolutions().subList(1, 13)) {
            float[] before = exact.get(convolution.prefix() + ".weight");
            float[] after = shifted.get(convolution.prefix() + ".weight");
            float[] old = tapMeans(before);
            float[] means = tapMeans(after);
            for (int i = 0; i < after.length; i++) {
                assertThat(after[i] - before[i]).isCloseTo(means[i / 9] - old[i / 9], within(1e-7f));
            }
            for (float mean : means) {
                assertThat(Bfloat16.widen(Bfloat16.round(mean)))
                        .isCloseTo(mean, within(1e-6f * Math.abs(mean) + 1e-8f));
            }
        }
        assertKeepsMeans(means(exact), means(shifted), 9);
    }

    private Map<String, float[]> means(Map<String, float[]> values) {
        Map<String, float[]> means = new HashMap<>(values);
        means.replaceAll((name, value) -> layout.tensor(name).role() == Role.CONV_WEIGHT ? tapMeans(value) : value);
        return means;
    }

    private static float[] tapMeans(float[] weight) {
        float[] means = new float[weight.length / 9];
        for (int i = 0; i < weight.length; i++) {
            means[i / 9] += weight[i] / 9;
        }
        return means;
    }

    /** Compares the outputs' means with those of nearest rounding; {@code factor} weighs a value beside the bias. */
    private void assertKeepsMeans(Map<String, float[]> before, Map<String, float[]> after, int factor) {
        double balanced = 0;
        double nearest = 0;
        for (Convolution convolution : layout.convolutions().subList(1, 13)) {
            float[] old = before.get(convolution.prefix() + ".weight");
            float[] now = after.get(convolution.prefix() + ".weight");
            float[] bias = exact.get(convolution.prefix() + ".bias");
            int filter = old.length / bias.length;
            for (int out = 0; out < bias.length; out++) {
                double biasError = Bfloat16.widen(Bfloat16.round(bias[out])) - bias[out];
                double sum = 0;
                double plain = 0;
                for (int i = out * filter; i < (out + 1) * filter; i++) {
                    sum += (double) now[i] - old[i];
                    plain += (double) Bfloat16.widen(Bfloat16.round(old[i])) - old[i];
                }
                balanced += Math.abs(sum * factor * INPUT_MEAN + biasError);
                nearest += Math.abs(plain * factor * INPUT_MEAN + biasError);
            }
        }
        Ratios ratios = new Ratios("balanced rounding, factor " + factor);
        ratios.add("errors of the means", "beside nearest rounding's", balanced, nearest / 10);
        ratios.assertWithinBounds();
    }
}
