package org.attnvgg.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.stream.Stream;
import org.attnvgg.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FocalLossTest {

    static Stream<JsonObject> golden() {
        return Golden.json("golden.json").getAsJsonObject().getAsJsonArray("focal").asList().stream()
                .map(JsonElement::getAsJsonObject);
    }

    @ParameterizedTest
    @MethodSource("golden")
    void lossAndGradientAreTheNotebooks(JsonObject golden) {
        FocalLoss loss = new FocalLoss(
                golden.get("alpha").getAsDouble(), golden.get("gamma").getAsDouble());
        double target = golden.get("target").getAsDouble();
        JsonArray logits = golden.getAsJsonArray("logits");
        JsonArray gradients = golden.getAsJsonArray("grad");
        double sum = 0;
        for (int i = 0; i < logits.size(); i++) {
            double logit = logits.get(i).getAsDouble();
            sum += loss.loss(logit, target);
            // The golden gradient is that of the mean.
            assertThat(loss.gradient(logit, target) / logits.size())
                    .isCloseTo(gradients.get(i).getAsDouble(), within(1e-9));
        }
        assertThat(sum / logits.size()).isCloseTo(golden.get("mean_loss").getAsDouble(), within(1e-9));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 1, 2, 5})
    void staysFiniteAtAnyLogit(double gamma) {
        FocalLoss loss = new FocalLoss(0.25, gamma);
        for (double logit : new double[] {-1e4, -800, -40, 0, 40, 800, 1e4}) {
            for (int target = 0; target <= 1; target++) {
                assertThat(loss.loss(logit, target)).isFinite().isNotNegative();
                assertThat(loss.gradient(logit, target)).isFinite();
            }
        }
    }

    @Test
    void refusesANegativeGamma() {
        assertThatThrownBy(() -> new FocalLoss(0.25, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("gamma = -1.0")
                .hasMessageContaining("gamma >= 0");
    }
}
