package org.attnvgg.spark.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.attnvgg.spark.metrics.BinaryMetrics.Point;
import org.attnvgg.spark.metrics.BinaryMetrics.Scored;
import org.junit.jupiter.api.Test;

class BinaryMetricsTest {

    /** Scores with ties, and what scikit-learn says of them: see core/src/test/resources/golden/README.md. */
    @Test
    void areasEqualScikitLearnsOnTies() throws IOException {
        String dir = System.getProperty("golden.dir", "");
        Path folder = dir.isBlank()
                ? Path.of("../core/src/test/resources/golden")
                : Path.of(System.getProperty("golden.root", "")).resolve(dir);
        JsonObject golden = JsonParser.parseString(Files.readString(folder.resolve("golden.json")))
                .getAsJsonObject()
                .getAsJsonObject("auc");
        JsonArray scores = golden.getAsJsonArray("scores");
        JsonArray targets = golden.getAsJsonArray("targets");
        List<Scored> scored = new ArrayList<>();
        for (int i = 0; i < scores.size(); i++) {
            scored.add(new Scored(scores.get(i).getAsDouble(), targets.get(i).getAsInt()));
        }
        BinaryMetrics metrics = BinaryMetrics.of(scored);
        assertThat(metrics.rocAuc()).isCloseTo(golden.get("roc_auc").getAsDouble(), within(1e-12));
        assertThat(metrics.averagePrecision())
                .isCloseTo(golden.get("average_precision").getAsDouble(), within(1e-12));
    }

    @Test
    void aThresholdCatchesWhatScoresAtLeastAsMuch() {
        BinaryMetrics metrics = BinaryMetrics.of(
                List.of(new Scored(0.9, 1), new Scored(0.5, 0), new Scored(0.5, 1), new Scored(0.1, 0)));
        Point point = metrics.at(0.5);
        assertThat(metrics.sensitivity(point)).isEqualTo(1);
        assertThat(metrics.specificity(point)).isEqualTo(0.5);
        assertThat(metrics.sensitivity(metrics.at(0.95))).isZero();
        assertThat(metrics.specificity(metrics.at(0.95))).isEqualTo(1);
    }

    @Test
    void oneClassHasNoArea() {
        BinaryMetrics metrics = BinaryMetrics.of(List.of(new Scored(0.9, 1)));
        assertThat(metrics.defined()).isFalse();
        assertThat(metrics.rocAuc()).isNull();
        assertThat(metrics.averagePrecision()).isNull();
    }
}
