package org.attnvgg.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.stream.IntStream;
import org.attnvgg.Golden;
import org.attnvgg.evaluation.BinaryMetrics.Point;
import org.attnvgg.evaluation.BinaryMetrics.Scored;
import org.junit.jupiter.api.Test;

/**
 * Expected values are those of scikit-learn: of its documentation's examples (roc_curve, precision_recall_curve, roc_auc_score,
 * average_precision_score), of golden.json, and of scikit-learn 1.9.1 called with the scores and labels that a test shows.
 */
class BinaryMetricsTest {

    private static final double ROUNDING = 1e-12;

    /** The example of scikit-learn's documentation. */
    private static final BinaryMetrics DOCUMENTED = of(new double[] {0.1, 0.4, 0.35, 0.8}, 0, 0, 1, 1);

    /** Ties within a class, ties across classes, and one score of each class alone. */
    private static final BinaryMetrics TIED =
            of(new double[] {2.5, 2.5, 1.0, 1.0, 1.0, -0.5, -0.5, -3.0}, 1, 0, 1, 1, 0, 0, 1, 0);

    private static BinaryMetrics of(double[] scores, int... labels) {
        return BinaryMetrics.of(IntStream.range(0, scores.length)
                .mapToObj(i -> new Scored(scores[i], labels[i]))
                .toList());
    }

    private static double[] thresholds(BinaryMetrics metrics) {
        return metrics.points().stream().mapToDouble(Point::threshold).toArray();
    }

    private static double[] truePositiveRates(BinaryMetrics metrics) {
        return metrics.points().stream().mapToDouble(metrics::sensitivity).toArray();
    }

    private static double[] falsePositiveRates(BinaryMetrics metrics) {
        return metrics.points().stream()
                .mapToDouble(point -> 1 - metrics.specificity(point))
                .toArray();
    }

    private static double[] precisions(BinaryMetrics metrics) {
        return metrics.points().stream().mapToDouble(BinaryMetrics::precision).toArray();
    }

    @Test
    void theRocCurveIsThatOfRocCurve() {
        assertThat(thresholds(DOCUMENTED)).containsExactly(0.8, 0.4, 0.35, 0.1);
        assertThat(falsePositiveRates(DOCUMENTED)).containsExactly(0, 0.5, 0.5, 1);
        assertThat(truePositiveRates(DOCUMENTED)).containsExactly(0.5, 0.5, 1, 1);
        assertThat(thresholds(TIED)).containsExactly(2.5, 1, -0.5, -3);
        assertThat(falsePositiveRates(TIED)).containsExactly(0.25, 0.5, 0.75, 1);
        assertThat(truePositiveRates(TIED)).containsExactly(0.25, 0.75, 1, 1);
    }

    @Test
    void thePrecisionsAreThoseOfPrecisionRecallCurve() {
        assertThat(precisions(DOCUMENTED)).containsExactly(new double[] {1, 0.5, 2 / 3.0, 0.5}, within(ROUNDING));
        assertThat(precisions(TIED)).containsExactly(new double[] {0.5, 0.6, 4 / 7.0, 0.5}, within(ROUNDING));
    }

    @Test
    void theAreasAreThoseOfRocAucScoreAndAveragePrecisionScore() {
        assertThat(DOCUMENTED.rocAuc()).isCloseTo(0.75, within(ROUNDING));
        assertThat(DOCUMENTED.averagePrecision()).isCloseTo(0.8333333333333333, within(ROUNDING));
        assertThat(TIED.rocAuc()).isCloseTo(0.625, within(ROUNDING));
        assertThat(TIED.averagePrecision()).isCloseTo(0.5678571428571428, within(ROUNDING));
    }

    @Test
    void theAreasOfManyTiedScoresAreScikitLearnsToo() {
        JsonObject golden = Golden.json("golden.json").getAsJsonObject().getAsJsonObject("auc");
        BinaryMetrics metrics = of(
                numbers(golden.getAsJsonArray("scores")),
                golden.getAsJsonArray("targets").asList().stream()
                        .mapToInt(label -> label.getAsInt())
                        .toArray());
        assertThat(metrics.rocAuc()).isCloseTo(golden.get("roc_auc").getAsDouble(), within(ROUNDING));
        assertThat(metrics.averagePrecision())
                .isCloseTo(golden.get("average_precision").getAsDouble(), within(ROUNDING));
    }

    private static double[] numbers(JsonArray array) {
        return array.asList().stream()
                .mapToDouble(number -> number.getAsDouble())
                .toArray();
    }

    @Test
    void scoresThatAreAllEqualRankByChance() {
        BinaryMetrics metrics = of(new double[] {0.5, 0.5, 0.5, 0.5, 0.5}, 0, 1, 1, 0, 1);
        assertThat(metrics.rocAuc()).isEqualTo(0.5);
        assertThat(metrics.averagePrecision()).isCloseTo(0.6, within(ROUNDING)); // the share of label 1
    }

    @Test
    void aRankingThatIsWrongThroughoutHasNoArea() {
        BinaryMetrics metrics = of(new double[] {0.1, 0.2, 0.9}, 1, 1, 0);
        assertThat(metrics.rocAuc()).isZero();
        assertThat(metrics.averagePrecision()).isCloseTo(0.5833333333333333, within(ROUNDING));
    }

    @Test
    void theOrderOfTiedExamplesHasNoEffect() {
        BinaryMetrics reversed = of(new double[] {-3.0, -0.5, -0.5, 1.0, 1.0, 1.0, 2.5, 2.5}, 0, 1, 0, 0, 1, 1, 0, 1);
        assertThat(reversed).isEqualTo(TIED);
    }

    @Test
    void aThresholdPredictsPositiveWhatScoresAtLeastAsMuch() {
        Point tied = TIED.at(1);
        assertThat(tied).isEqualTo(new Point(1, 3, 2));
        assertThat(TIED.at(0)).isEqualTo(new Point(0, 3, 2));
        assertThat(TIED.sensitivity(tied)).isEqualTo(0.75);
        assertThat(TIED.specificity(tied)).isEqualTo(0.5);
        assertThat(TIED.sensitivity(TIED.at(2.6))).isZero();
        assertThat(TIED.specificity(TIED.at(2.6))).isEqualTo(1);
    }

    @Test
    void oneClassHasNoArea() {
        BinaryMetrics metrics = of(new double[] {0.9}, 1);
        assertThat(metrics.defined()).isFalse();
        assertThat(metrics.rocAuc()).isNull();
        assertThat(metrics.averagePrecision()).isNull();
    }
}
