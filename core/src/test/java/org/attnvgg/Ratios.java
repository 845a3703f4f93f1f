package org.attnvgg;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How far results are from what they should be, as shares of what is allowed. */
public final class Ratios {

    private final String computation;
    private final Map<String, Worst> worst = new LinkedHashMap<>();

    /** The greatest share among quantities of a kind. */
    private record Worst(String quantity, double ratio) {

        Worst max(Worst other) {
            return other.ratio > ratio ? other : this;
        }
    }

    /** No results yet of that computation. */
    public Ratios(String computation) {
        this.computation = computation;
    }

    /** Adds a quantity of a kind: its distance from what it should be, and the distance that is allowed. */
    public void add(String kind, String quantity, double distance, double bound) {
        double ratio = distance / bound;
        // NaN compares with nothing, so that it would pass.
        worst.merge(kind, new Worst(quantity, Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio), Worst::max);
    }

    /** Prints the greatest share of each kind, and fails if one is above 1. */
    public void assertWithinBounds() {
        String line = worst.entrySet().stream()
                .map(entry -> String.format(
                        Locale.ROOT, "%s %.3g (%s)", entry.getKey(), entry.getValue().ratio, entry.getValue().quantity))
                .collect(Collectors.joining(", ", computation + ": distance / bound: ", ""));
        System.out.println(line);
        assertThat(worst).as(line).isNotEmpty();
        assertThat(worst.values())
                .as(line)
                .allSatisfy(one -> assertThat(one.ratio).isLessThanOrEqualTo(1));
    }
}
