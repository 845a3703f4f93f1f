package org.attnvgg.spark.report;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.attnvgg.evaluation.BinaryMetrics;
import org.attnvgg.evaluation.BinaryMetrics.Point;
import org.attnvgg.evaluation.BinaryMetrics.Scored;

/** How well scores separate the labelled images: areas, curves, thresholds; and the distribution of all scores. */
final class Quality {

    /** Earlier versions wrote scores that are not numbers, by models with such weights: no metric takes them. */
    static final Column FINITE = abs(col("logit")).leq(lit(Float.MAX_VALUE));

    private final Dataset<Row> predictions;
    private final BinaryMetrics metrics;
    private final long notFinite;

    /** Of predictions with one row per image. */
    Quality(Dataset<Row> latest) {
        predictions = latest.filter(FINITE);
        notFinite = latest.filter(not(FINITE)).count();
        List<Scored> scored = new ArrayList<>();
        predictions
                .filter(col("label").isNotNull())
                .select("logit", "label")
                .toLocalIterator()
                .forEachRemaining(row -> scored.add(new Scored(row.getFloat(0), row.getInt(1))));
        metrics = BinaryMetrics.of(scored);
    }

    BinaryMetrics metrics() {
        return metrics;
    }

    void areas(Html html) {
        if (notFinite > 0) {
            html.element(
                    "p",
                    "%,d predictions of an earlier version are not finite numbers and are left out; score them again."
                            .formatted(notFinite));
        }
        if (!metrics.defined()) {
            html.element("p", "No areas under curves: the images are not labelled, or are of one class.");
            return;
        }
        html.raw("<div class=numbers>");
        number(html, "ROC AUC", metrics.rocAuc());
        number(html, "average precision", metrics.averagePrecision());
        html.raw("</div>");
    }

    private static void number(Html html, String name, double value) {
        html.raw("<div>")
                .element("b", String.format(Locale.ROOT, "%.4f", value))
                .element("span", name)
                .raw("</div>");
    }

    void curves(Html html) {
        html.element("h2", "Curves").raw("<div class=plots>");
        if (metrics.defined()) {
            html.raw(Html.image("image/png", Plots.roc(metrics), "ROC curve"));
            html.raw(Html.image("image/png", Plots.precisionRecall(metrics), "precision-recall curve"));
        }
        html.raw(Html.image("image/png", Plots.histogram(histogram()), "histogram of scores"));
        html.raw("</div>");
    }

    /** Counts of {@link Plots#BINS} equal ranges of probability, of each kind that there is. */
    private Map<String, double[]> histogram() {
        Map<String, double[]> kinds = new LinkedHashMap<>();
        predictions
                .groupBy(
                        col("label"),
                        least(floor(col("probability").multiply(Plots.BINS)), lit(Plots.BINS - 1))
                                .cast("int")
                                .as("bin"))
                .count()
                .orderBy("label", "bin")
                .collectAsList()
                .forEach(row -> {
                    String kind =
                            row.isNullAt(0) ? Plots.UNLABELLED : row.getInt(0) == 1 ? Plots.MELANOMA : Plots.BENIGN;
                    kinds.computeIfAbsent(kind, any -> new double[Plots.BINS])[row.getInt(1)] = row.getLong(2);
                });
        return kinds;
    }

    /** What each of these probabilities, taken as the threshold, would find and miss. */
    void thresholds(Html html, List<Double> thresholds) {
        if (!metrics.defined()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        for (double probability : thresholds) {
            Point point = metrics.at(Math.log(probability / (1 - probability)));
            rows.add(List.of(
                    Double.toString(probability),
                    percent(metrics.sensitivity(point)),
                    percent(metrics.specificity(point)),
                    Long.toString(point.truePositives()),
                    Long.toString(point.falsePositives())));
        }
        html.element("h2", "Thresholds")
                .table(
                        List.of("probability at least", "sensitivity", "specificity", "melanoma found", "false alarms"),
                        rows);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", share * 100);
    }
}
