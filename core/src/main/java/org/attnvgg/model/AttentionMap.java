package org.attnvgg.model;

import java.util.Arrays;

/**
 * An attention map and what is said of it in numbers. Mass is the map divided by its sum; positions are in shares of the map's
 * width and height, from 0 to 1, from its top left corner. What is a share of the mass is NaN for a map of zeros.
 *
 * @param values height×width, row by row, finite; mass needs values that are not negative
 * @param width of the map in cells, which divides the values into whole rows
 */
public record AttentionMap(float[] values, int width) {

    /** A position. */
    public record Point(double x, double y) {}

    /** Cells along the other side. */
    public int height() {
        return values.length / width;
    }

    /** The value of the cell that a point lies in; NaN for a point outside the map. */
    public float at(double x, double y) {
        if (x < 0 || x > 1 || y < 0 || y > 1) {
            return Float.NaN;
        }
        int column = Math.min((int) (x * width), width - 1);
        int row = Math.min((int) (y * height()), height() - 1);
        return values[row * width + column];
    }

    /** Index of the greatest value; of equal ones the first. */
    public int peak() {
        int peak = 0;
        for (int i = 1; i < values.length; i++) {
            peak = values[i] > values[peak] ? i : peak;
        }
        return peak;
    }

    /** The middle of a cell. */
    public Point center(int index) {
        return new Point(x(index), y(index));
    }

    private double x(int index) {
        int column = index % width;
        return (column + 0.5) / width;
    }

    private double y(int index) {
        int row = index / width;
        return (row + 0.5) / height();
    }

    /** Sum of the values. */
    public double sum() {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    /** Mean position of the mass. */
    public Point centroid() {
        double x = 0;
        double y = 0;
        for (int i = 0; i < values.length; i++) {
            x += values[i] * x(i);
            y += values[i] * y(i);
        }
        double sum = sum();
        return new Point(x / sum, y / sum);
    }

    /** Entropy of the mass in nats: 0 for a single cell, ln(cells) for an even map. */
    public double entropy() {
        // -Σ p·ln p with p = v / s is ln s - Σ v·ln v / s.
        double weighted = 0;
        for (float value : values) {
            weighted += value > 0 ? value * Math.log(value) : 0;
        }
        double sum = sum();
        return Math.log(sum) - weighted / sum;
    }

    /** The smallest share of the cells that holds that share of the mass. */
    public double area(double share) {
        return sum() == 0 ? Double.NaN : (double) greatest(share).length / values.length;
    }

    /** The cells that hold that share of the mass, the greatest values first, as 1, the others as 0. */
    public float[] region(double share) {
        float[] region = new float[values.length];
        for (int index : greatest(share)) {
            region[index] = 1;
        }
        return region;
    }

    private int[] greatest(double share) {
        // Floats that are not negative are in the order of their bits; the greatest comes first, of equal ones the
        // first.
        long[] order = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            int bits = Float.floatToRawIntBits(values[i] + 0f); // without the sign of -0
            order[i] = (long) (Integer.MAX_VALUE - bits) << Integer.SIZE | i;
        }
        Arrays.sort(order);
        double wanted = share * sum();
        double mass = 0;
        int count = 0;
        while (count < order.length && mass < wanted) {
            mass += values[(int) order[count]];
            count++;
        }
        return Arrays.stream(order, 0, count).mapToInt(key -> (int) key).toArray();
    }

    /** The map scaled bilinearly, newHeight×newWidth. */
    public float[] upsample(int newWidth, int newHeight) {
        return new BilinearScaling(values, width, height()).to(newWidth, newHeight);
    }

    /** Intersection over union with a map of as many values: sum of the lesser over sum of the greater ones. */
    public double jaccard(AttentionMap other) {
        double greater = 0;
        for (int i = 0; i < values.length; i++) {
            greater += Math.max(values[i], other.values[i]);
        }
        return intersection(other) / greater;
    }

    /** Twice the intersection with a map of as many values over the sum of both. */
    public double dice(AttentionMap other) {
        return 2 * intersection(other) / (sum() + other.sum());
    }

    private double intersection(AttentionMap other) {
        double lesser = 0;
        for (int i = 0; i < values.length; i++) {
            lesser += Math.min(values[i], other.values[i]);
        }
        return lesser;
    }
}
