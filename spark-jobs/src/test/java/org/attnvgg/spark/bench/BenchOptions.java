package org.attnvgg.spark.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.torchscript.Precision;

/**
 * Options of the benchmarks.
 *
 * @param steps measured steps of the exchange
 * @param rounds measured rounds of score, whose medians count
 * @param images a folder of images
 * @param marking their marking file, for train
 * @param batchSize images of a batch
 * @param batchSizes sizes that the memory benchmark tries, the smallest first
 * @param width channel multiplier of the network
 * @param precision of its convolutions
 */
record BenchOptions(
        int steps,
        int rounds,
        String images,
        String marking,
        int batchSize,
        List<Integer> batchSizes,
        double width,
        Precision precision) {

    private static final Map<String, String> DEFAULTS = Map.of(
            "steps", "30",
            "rounds", "3",
            "images", "",
            "marking", "",
            "batch-size", "8",
            "batch-sizes", "1,8,16,32",
            "width", "1.0",
            "precision", "float32");

    /** Reads {@code key=value}. */
    static BenchOptions of(List<String> options) {
        Map<String, String> values = new TreeMap<>(DEFAULTS);
        for (String option : options) {
            String key = option.substring(0, Math.max(0, option.indexOf('=')));
            if (!DEFAULTS.containsKey(key)) {
                throw new IllegalArgumentException(
                        option + ": expected KEY=VALUE with one of " + String.join(", ", values.keySet()));
            }
            values.put(key, option.substring(key.length() + 1));
        }
        return new BenchOptions(
                Integer.parseInt(values.get("steps")),
                Integer.parseInt(values.get("rounds")),
                values.get("images"),
                values.get("marking"),
                Integer.parseInt(values.get("batch-size")),
                Arrays.stream(values.get("batch-sizes").split(","))
                        .map(Integer::valueOf)
                        .toList(),
                Double.parseDouble(values.get("width")),
                Precision.of(values.get("precision")));
    }

    /** The notebook's network at this width. */
    NetworkConfig network() {
        return new NetworkConfig(width, 224, true, 0);
    }
}
