package org.attnvgg.evaluation;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The ROC and precision-recall curves of scored examples. Examples of equal score are on the same side of every threshold, so
 * that the order of tied examples has no effect. The areas equal scikit-learn's {@code roc_auc_score} and
 * {@code average_precision_score}. (MLlib's {@code BinaryClassificationMetrics} gives the same ROC area, but joins
 * precision-recall points by straight lines, which overstates the area.)
 *
 * @param points one for each distinct score, from the highest threshold to the lowest
 * @param positives examples of label 1
 * @param negatives examples of label 0
 */
public record BinaryMetrics(List<Point> points, long positives, long negatives) {

    /** A score and its label 0 or 1. */
    public record Scored(double score, int label) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /**
     * Counts at a threshold.
     *
     * @param threshold examples with this score or a higher one are predicted positive
     * @param truePositives how many of these have label 1
     * @param falsePositives how many of these have label 0
     */
    public record Point(double threshold, long truePositives, long falsePositives) {}

    /** The metrics of these examples; no score may be NaN. */
    public static BinaryMetrics of(List<Scored> scored) {
        List<Scored> descending = new ArrayList<>(scored);
        descending.sort(Comparator.comparingDouble(Scored::score).reversed());
        List<Point> points = new ArrayList<>();
        long positives = 0;
        long negatives = 0;
        for (int i = 0; i < descending.size(); i++) {
            positives += descending.get(i).label();
            negatives += 1 - descending.get(i).label();
            if (i + 1 == descending.size()
                    || descending.get(i + 1).score() != descending.get(i).score()) {
                points.add(new Point(descending.get(i).score(), positives, negatives));
            }
        }
        return new BinaryMetrics(points, positives, negatives);
    }

    /** Whether both classes are there; without them no area is defined. */
    public boolean defined() {
        return positives > 0 && negatives > 0;
    }

    /** The area under the ROC curve; null if not defined. */
    public Double rocAuc() {
        if (!defined()) {
            return null;
        }
        double area = 0;
        Point previous = new Point(Double.POSITIVE_INFINITY, 0, 0);
        for (Point point : points) {
            double width = (double) (point.falsePositives - previous.falsePositives) / negatives;
            double height = (double) (point.truePositives + previous.truePositives) / 2 / positives;
            area += width * height;
            previous = point;
        }
        return area;
    }

    /** Average precision: precision at each threshold, weighted by the recall it adds; null if not defined. */
    public Double averagePrecision() {
        if (!defined()) {
            return null;
        }
        double sum = 0;
        long previous = 0;
        for (Point point : points) {
            sum += precision(point) * (point.truePositives - previous) / positives;
            previous = point.truePositives;
        }
        return sum;
    }

    /** Of the examples that are predicted positive, the share of label 1; also called positive predictive value. */
    public static double precision(Point point) {
        return (double) point.truePositives / (point.truePositives + point.falsePositives);
    }

    /** The counts at any threshold. */
    public Point at(double threshold) {
        Point at = new Point(threshold, 0, 0);
        for (Point point : points) {
            if (point.threshold >= threshold) {
                at = new Point(threshold, point.truePositives, point.falsePositives);
            }
        }
        return at;
    }

    /** Of the examples of label 1, the share that is predicted positive; also called recall or true positive rate. */
    public double sensitivity(Point point) {
        return (double) point.truePositives / positives;
    }

    /** Of the examples of label 0, the share that is predicted negative: one minus the false positive rate. */
    public double specificity(Point point) {
        return 1 - (double) point.falsePositives / negatives;
    }
}
