package org.attnvgg.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.attnvgg.Devices;
import org.attnvgg.Golden;
import org.attnvgg.model.AttnVgg;
import org.attnvgg.model.AttnVggOutput;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.Precision;
import org.attnvgg.model.ScoringNetwork;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;
import org.attnvgg.model.WeightsBuffer;
import org.attnvgg.training.GradientFormat.Wire;
import org.attnvgg.training.TrainingStep.BatchNorm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Three steps of the notebook's training, as PyTorch computed them. */
@ParameterizedClass
@MethodSource("org.attnvgg.Devices#all")
class GoldenTrainingTest {

    private static final JsonObject TRAIN = Golden.json().getAsJsonObject("train");
    private static final double LEARNING_RATE = 1e-5;

    /**
     * How much further than the CPU's a GPU's gradients may be from PyTorch's, which a CPU computed: convolutions that err
     * by a millionth turn a few ReLUs and max pools the other way.
     */
    private static final double GPU_FACTOR = 20;

    @Parameter
    private Device device;

    @Test
    void threeStepsGiveTheNotebooksLossesGradientsWeightsAndStatistics() {
        try (AttnVgg network = new AttnVgg(NetworkSettings.NOTEBOOK, Precision.FLOAT32, device)) {
            Weights weights = Golden.weights(network.layout());
            Batch batch = Golden.batch(Golden.floats(TRAIN.getAsJsonArray("labels")));
            Adam adam = new Adam(LEARNING_RATE, weights.trainable().length);
            for (int i = 0; i < 3; i++) {
                GradientSum result = sum(network, step(network, weights, BatchNorm.BATCH_STATISTICS, batch));
                JsonObject expected = TRAIN.getAsJsonArray("steps").get(i).getAsJsonObject();
                double loss = expected.get("loss").getAsDouble();
                assertThat(result.lossSum() / result.examples())
                        .as("loss of step " + (i + 1))
                        .isCloseTo(loss, withinPercentage(i == 0 ? 1e-3 : tolerance(1e-3)));
                if (i == 0) {
                    assertGradients(network, mean(result));
                }
                adam.update(weights.trainable(), result.gradient(), result.examples());
                weights = new Weights(weights.trainable(), result.statistics(), i + 1L);
            }
            assertWeights(network, weights);
            assertThat(scores(weights, batch))
                    .usingComparatorWithPrecision(5e-3f)
                    .containsExactly(Golden.floats(TRAIN.getAsJsonArray("eval_logits_after3")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void twoStepsOnOneBatchGiveEqualGradients(Precision precision) {
        assumeTrue(Devices.suits(device, precision), precision + " is for GPUs");
        NetworkSettings narrow = new NetworkSettings(0.125, 224, true, 0.5);
        try (AttnVgg network = new AttnVgg(narrow, precision, device)) {
            Weights weights = Golden.weights(network.layout());
            Batch batch = Golden.batch(1, 0);
            ShardGradient first = step(network, weights, BatchNorm.BATCH_STATISTICS, batch);
            ShardGradient second = step(network, weights, BatchNorm.BATCH_STATISTICS, batch);
            assertThat(second.values().mismatch(first.values()))
                    .as("first byte that differs")
                    .isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BFLOAT16", "FLOAT16"})
    void shorterPrecisionsKeepTheLossAndTheDirectionOfTheGradient(Precision precision) {
        assumeTrue(Devices.suits(device, precision), precision + " is for GPUs");
        GradientSum exact = firstStep(Precision.FLOAT32);
        GradientSum rounded = firstStep(precision);
        assertThat(rounded.lossSum()).isCloseTo(exact.lossSum(), withinPercentage(1));
        assertThat(cosine(rounded.gradient(), exact.gradient())).isGreaterThan(0.8);
    }

    private GradientSum firstStep(Precision precision) {
        try (AttnVgg network = new AttnVgg(NetworkSettings.NOTEBOOK, precision, device)) {
            Batch batch = Golden.batch(Golden.floats(TRAIN.getAsJsonArray("labels")));
            return sum(network, step(network, Golden.weights(network.layout()), BatchNorm.BATCH_STATISTICS, batch));
        }
    }

    private static ShardGradient step(AttnVgg network, Weights weights, BatchNorm batchNorm, Batch... batches) {
        GradientFormat format = new GradientFormat(network.layout(), Wire.FLOAT32);
        return new TrainingStep(network, FocalLoss.NOTEBOOK, format)
                .run(
                        WeightsBuffer.of(network.layout(), weights),
                        List.of(batches).iterator(),
                        batchNorm,
                        format.allocate());
    }

    private static GradientSum sum(AttnVgg network, ShardGradient... shards) {
        GradientSum sum = new GradientSum(new GradientFormat(network.layout(), Wire.FLOAT32));
        for (ShardGradient shard : shards) {
            assertThat(sum.add(shard)).as("finite").isTrue();
        }
        return sum;
    }

    private static float[] mean(GradientSum sum) {
        float[] mean = sum.gradient().clone();
        for (int i = 0; i < mean.length; i++) {
            mean[i] /= sum.examples();
        }
        return mean;
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
        }
        return product / (norm(a) * norm(b));
    }

    @Test
    void twoShardsOrTwoBatchesInTurnGiveTheGradientOfTheJoinedBatch() {
        NetworkSettings narrow = new NetworkSettings(0.25, 224, true, 0);
        try (AttnVgg network = new AttnVgg(narrow, Precision.FLOAT32, device)) {
            Weights weights = Golden.weights(network.layout());
            Batch joined = Golden.batch(1, 0, 0, 1, 0);
            Batch first = part(joined, 0, 3);
            Batch second = part(joined, 3, 5);
            BatchNorm running = BatchNorm.RUNNING_STATISTICS;
            GradientSum whole = sum(network, step(network, weights, running, joined));
            GradientSum shards =
                    sum(network, step(network, weights, running, first), step(network, weights, running, second));
            GradientSum accumulated = sum(network, step(network, weights, running, first, second));
            for (GradientSum sum : List.of(shards, accumulated)) {
                assertThat(sum.examples()).isEqualTo(5);
                assertThat(sum.lossSum()).isCloseTo(whole.lossSum(), withinPercentage(1e-4));
                assertThat(distance(sum.statistics(), weights.statistics())).isLessThan(1e-5);
                assertThat(distance(sum.gradient(), whole.gradient()) / norm(whole.gradient()))
                        .isLessThan(1e-5);
            }
        }
    }

    private static Batch part(Batch batch, int from, int to) {
        int image = batch.pixels().remaining() / batch.size();
        ByteBuffer pixels =
                batch.pixels().slice(from * image, (to - from) * image).order(ByteOrder.nativeOrder());
        return new Batch(pixels, Arrays.copyOfRange(batch.targets(), from, to), new long[to - from]);
    }

    private static double distance(float[] a, float[] b) {
        float[] difference = new float[a.length];
        for (int i = 0; i < a.length; i++) {
            difference[i] = a[i] - b[i];
        }
        return norm(difference);
    }

    private void assertGradients(AttnVgg network, float[] gradient) {
        JsonObject expected = TRAIN.getAsJsonObject("step1_grads");
        for (TensorSpec tensor : network.layout().tensors()) {
            // The true gradient of a bias before batch norm or softmax is zero; what is recorded is rounding noise.
            if (tensor.role().trainable() && !isShiftOnly(tensor)) {
                JsonObject golden = expected.getAsJsonObject(tensor.name());
                float[] values = tensor.slice(gradient);
                double norm = golden.get("l2").getAsDouble();
                assertThat(norm(values))
                        .as("norm of " + tensor.name())
                        .isCloseTo(norm, withinPercentage(tolerance(0.1)));
                float[] first = Golden.floats(golden.getAsJsonArray("first8"));
                for (int i = 0; i < first.length; i++) {
                    assertThat(values[i]).as(tensor.name() + "[" + i + "]").isCloseTo(first[i], within((float)
                            (tolerance(1e-2) * norm / Math.sqrt(values.length))));
                }
            }
        }
    }

    private double tolerance(double onCpu) {
        return device.isGpu() ? GPU_FACTOR * onCpu : onCpu;
    }

    private static boolean isShiftOnly(TensorSpec tensor) {
        return tensor.role() == TensorSpec.Role.CONV_BIAS || tensor.role() == TensorSpec.Role.ATTENTION_BIAS;
    }

    private void assertWeights(AttnVgg network, Weights weights) {
        JsonObject expected = TRAIN.getAsJsonObject("after3");
        for (TensorSpec tensor : network.layout().tensors()) {
            if (!isShiftOnly(tensor)) {
                JsonObject golden = expected.getAsJsonObject(tensor.name());
                double norm = golden.get("l2").getAsDouble();
                assertThat(norm(tensor.slice(weights.vectorOf(tensor))))
                        .as("norm of " + tensor.name())
                        .isCloseTo(norm, withinPercentage(tolerance(0.1)));
            }
        }
    }

    private float[] scores(Weights weights, Batch batch) {
        try (ScoringNetwork network = new ScoringNetwork(NetworkSettings.NOTEBOOK, weights, Precision.FLOAT32, device);
                NDManager manager = NDManager.newBaseManager(device);
                NDArray images =
                        manager.create(batch.pixels(), new Shape(batch.size(), 3, 224, 224), DataType.FLOAT32);
                AttnVggOutput output = network.score(images)) {
            return output.logits().toFloatArray();
        }
    }

    private static double norm(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }
}
