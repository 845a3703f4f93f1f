package org.attnvgg.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.List;
import org.attnvgg.Golden;
import org.attnvgg.model.AttnVgg;
import org.attnvgg.model.AttnVggOutput;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.Precision;
import org.attnvgg.model.ScoringNetwork;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.TorchRuntime;
import org.attnvgg.model.Weights;
import org.attnvgg.training.TrainingStep.BatchNorm;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three steps of the notebook's training, as PyTorch computed them. */
class GoldenTrainingTest {

    private static final JsonObject TRAIN = Golden.json().getAsJsonObject("train");
    private static final double LEARNING_RATE = 1e-5;

    @BeforeAll
    static void startTorch() {
        TorchRuntime.start(2);
    }

    @Test
    void threeStepsGiveTheNotebooksLossesGradientsWeightsAndStatistics() {
        try (AttnVgg network = new AttnVgg(NetworkSettings.NOTEBOOK, Precision.FLOAT32, Device.cpu())) {
            Weights weights = Golden.weights(network.layout());
            Batch batch = Golden.batch(floats(TRAIN.getAsJsonArray("labels")));
            Adam adam = new Adam(LEARNING_RATE, weights.trainable().length);
            TrainingStep step = new TrainingStep(network, FocalLoss.NOTEBOOK);
            for (int i = 0; i < 3; i++) {
                ShardGradient result = step.run(weights, batch, BatchNorm.BATCH_STATISTICS);
                JsonObject expected = TRAIN.getAsJsonArray("steps").get(i).getAsJsonObject();
                double loss = expected.get("loss").getAsDouble();
                assertThat(result.lossSum() / result.examples())
                        .as("loss of step " + (i + 1))
                        .isCloseTo(loss, withinPercentage(1e-3));
                if (i == 0) {
                    assertGradients(network, result.gradient());
                }
                adam.update(weights.trainable(), result.gradient());
                weights = new Weights(weights.trainable(), result.statistics(), i + 1L);
            }
            assertWeights(network, weights);
            assertThat(scores(weights, batch))
                    .usingComparatorWithPrecision(5e-3f)
                    .containsExactly(floats(TRAIN.getAsJsonArray("eval_logits_after3")));
        }
    }

    @Test
    void twoStepsOnOneBatchGiveEqualGradients() {
        NetworkSettings narrow = new NetworkSettings(0.125, 224, true, 0.5);
        try (AttnVgg network = new AttnVgg(narrow, Precision.FLOAT32, Device.cpu())) {
            Weights weights = Golden.weights(network.layout());
            Batch batch = Golden.batch(1, 0);
            TrainingStep step = new TrainingStep(network, FocalLoss.NOTEBOOK);
            ShardGradient first = step.run(weights, batch, BatchNorm.BATCH_STATISTICS);
            ShardGradient second = step.run(weights, batch, BatchNorm.BATCH_STATISTICS);
            assertThat(Arrays.mismatch(second.gradient(), first.gradient()))
                    .as("first gradient that differs")
                    .isEqualTo(-1);
            assertThat(Arrays.equals(second.statistics(), first.statistics())).isTrue();
        }
    }

    private static void assertGradients(AttnVgg network, float[] gradient) {
        JsonObject expected = TRAIN.getAsJsonObject("step1_grads");
        for (TensorSpec tensor : network.layout().tensors()) {
            // The true gradient of a bias before batch norm is zero; what is recorded is rounding noise.
            if (tensor.role().trainable() && tensor.role() != TensorSpec.Role.CONV_BIAS) {
                JsonObject golden = expected.getAsJsonObject(tensor.name());
                float[] values = tensor.slice(gradient);
                double norm = golden.get("l2").getAsDouble();
                assertThat(norm(values)).as("norm of " + tensor.name()).isCloseTo(norm, withinPercentage(0.1));
                float[] first = floats(golden.getAsJsonArray("first8"));
                for (int i = 0; i < first.length; i++) {
                    assertThat(values[i]).as(tensor.name() + "[" + i + "]").isCloseTo(first[i], within((float)
                            (5e-2 * norm / Math.sqrt(values.length))));
                }
            }
        }
    }

    private static void assertWeights(AttnVgg network, Weights weights) {
        JsonObject expected = TRAIN.getAsJsonObject("after3");
        for (TensorSpec tensor : network.layout().tensors()) {
            if (tensor.role() != TensorSpec.Role.CONV_BIAS) {
                JsonObject golden = expected.getAsJsonObject(tensor.name());
                double norm = golden.get("l2").getAsDouble();
                assertThat(norm(tensor.slice(weights.vectorOf(tensor))))
                        .as("norm of " + tensor.name())
                        .isCloseTo(norm, withinPercentage(0.1));
            }
        }
    }

    private static float[] scores(Weights weights, Batch batch) {
        try (ScoringNetwork network =
                        new ScoringNetwork(NetworkSettings.NOTEBOOK, weights, Precision.FLOAT32, Device.cpu());
                NDManager manager = NDManager.newBaseManager();
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

    static float[] floats(JsonArray array) {
        List<Float> values = array.asList().stream().map(v -> v.getAsFloat()).toList();
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }
}
