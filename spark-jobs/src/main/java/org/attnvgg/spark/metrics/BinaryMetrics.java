package org.attnvgg.spark.metrics;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The ROC and precision-recall curves of scored examples, with one point for each distinct score: examples of equal score
 * fall on the same side of every threshold. The areas equal scikit-learn's {@code roc_auc_score} and
 * {@code average_precision_score}. (MLlib's {@code BinaryClassificationMetrics} gives the same ROC area, but joins
 * precision-recall points by straight lines, which overstates the area.)
 *
 * @param points by falling threshold
 * @param positives examples of label 1
 * @param negatives examples of label 0
 */
public record BinaryMetrics(List<Point> points, long positives, long negatives) {

    /** A score and its label 0 or 1. */
    public record Scored(double score, int label) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /**
     * What a threshold catches.
     *
     * @param threshold scores from here on count as positive
     * @param truePositives examples of label 1 among them
     * @param falsePositives examples of label 0 among them
     */
    public record Point(double threshold, long truePositives, long falsePositives) {}

    /** The metrics of these examples. */
    public static BinaryMetrics of(List<Scored> scored) {
        List<Scored> falling = new ArrayList<>(scored);
        falling.sort(Comparator.comparingDouble(Scored::score).reversed());
        List<Point> points = new ArrayList<>();
        long positives = 0;
        long negatives = 0;
        for (int i = 0; i < falling.size(); i++) {
            positives += falling.get(i).label();
            negatives += 1 - falling.get(i).label();
            if (i + 1 == falling.size()
                    || falling.get(i + 1).score() != falling.get(i).score()) {
                points.add(new Point(falling.get(i).score(), positives, negatives));
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

    /** Share of positives among those that a threshold catches. */
    public static double precision(Point point) {
        return (double) point.truePositives / (point.truePositives + point.falsePositives);
    }

    /** What a threshold of one's own catches. */
    public Point at(double threshold) {
        Point at = new Point(threshold, 0, 0);
        for (Point point : points) {
            if (point.threshold >= threshold) {
                at = new Point(threshold, point.truePositives, point.falsePositives);
            }
        }
        return at;
    }

    /** Share of the positives that a threshold catches. */
    public double sensitivity(Point point) {
        return (double) point.truePositives / positives;
    }

    /** Share of the negatives that a threshold lets pass. */
    public double specificity(Point point) {
        return 1 - (double) point.falsePositives / negatives;
    }
}
