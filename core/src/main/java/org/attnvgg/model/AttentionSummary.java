package org.attnvgg.model;

import java.util.Arrays;

/**
 * An attention map in a few numbers. Mass is the map divided by its sum; positions are pixel centres, in shares of the
 * map's width and height from its top left corner.
 *
 * @param peak the map's greatest value
 * @param peakX where it is, 0 to 1
 * @param peakY likewise
 * @param entropy of the mass, in nats: 0 for a single point, ln(positions) for an even map
 * @param centroidX mean position of the mass, 0 to 1
 * @param centroidY likewise
 * @param area the smallest share of the positions that holds half of the mass
 */
public record AttentionSummary(
        float peak, float peakX, float peakY, float entropy, float centroidX, float centroidY, float area) {

    /** Summarises a square map, row by row. */
    public static AttentionSummary of(float[] map, int size) {
        double sum = 0;
        double x = 0;
        double y = 0;
        int peak = 0;
        for (int i = 0; i < map.length; i++) {
            sum += map[i];
            x += map[i] * center(i % size, size);
            y += map[i] * center(i / size, size);
            peak = map[i] > map[peak] ? i : peak;
        }
        return new AttentionSummary(
                map[peak],
                (float) center(peak % size, size),
                (float) center(peak / size, size),
                entropy(map, sum),
                (float) (x / sum),
                (float) (y / sum),
                halfMassArea(map, sum));
    }

    private static double center(int index, int size) {
        return (index + 0.5) / size;
    }

    private static float entropy(float[] map, double sum) {
        double entropy = 0;
        for (float value : map) {
            double p = value / sum;
            entropy -= p > 0 ? p * Math.log(p) : 0;
        }
        return (float) entropy;
    }

    private static float halfMassArea(float[] map, double sum) {
        float[] sorted = map.clone();
        Arrays.sort(sorted);
        double mass = 0;
        int count = 0;
        while (count < sorted.length && mass < sum / 2) {
            count++;
            mass += sorted[sorted.length - count];
        }
        return (float) count / map.length;
    }
}
