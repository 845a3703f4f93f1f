package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The probabilities of a run of {@code score}, by image id. */
record Probabilities(Map<String, Float> byId) {

    static Probabilities of(Path scores) {
        Map<String, Float> byId = new TreeMap<>();
        LocalSpark.session()
                .read()
                .parquet(scores + "/predictions")
                .select("image_id", "probability")
                .collectAsList()
                .forEach(row -> byId.put(row.getString(0), row.getFloat(1)));
        return new Probabilities(byId);
    }

    /** The greatest distance of a probability from another run's of the same images. */
    double distance(Probabilities other) {
        assertThat(byId.keySet()).isEqualTo(other.byId.keySet()).isNotEmpty();
        return byId.keySet().stream()
                .mapToDouble(id -> Math.abs(byId.get(id) - other.byId.get(id)))
                .max()
                .orElseThrow();
    }

    /** From the least to the greatest. */
    double spread() {
        Collection<Float> all = byId.values();
        return Collections.max(all) - Collections.min(all);
    }
}
