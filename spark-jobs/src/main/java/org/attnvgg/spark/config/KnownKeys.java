package org.attnvgg.spark.config;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** All keys of all jobs, and those of earlier versions. */
final class KnownKeys {

    static final List<Class<? extends Record>> JOBS = List.of(
            PrepareSettings.class,
            TrainSettings.class,
            ScoreSettings.class,
            RescoreSettings.class,
            RepairSettings.class,
            SqlSettings.class,
            ReportSettings.class,
            DemoSettings.class,
            PreflightSettings.class);

    private static final String ENCODING = "tables of Parquet files are written in encodings that every reader knows";

    /** Keys of the version before that no job reads any more, and what holds instead. */
    private static final Map<String, String> REMOVED =
            Map.of("table.float-encoding", ENCODING, "table.attention-encoding", ENCODING);

    private static final Map<String, KeySpec> BY_NAME = byName();

    private KnownKeys() {}

    private static Map<String, KeySpec> byName() {
        Map<String, KeySpec> keys = new LinkedHashMap<>();
        JOBS.forEach(job -> SettingsRecords.keys(job).forEach(key -> keys.putIfAbsent(key.name(), key)));
        return Map.copyOf(keys);
    }

    /** Every key by its name. */
    static Map<String, KeySpec> all() {
        return BY_NAME;
    }

    /** The key of that name, or that had it in the version before. */
    static Optional<KeySpec> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name))
                .or(() -> BY_NAME.values().stream()
                        .filter(key -> !name.isEmpty() && key.formerly().equals(name))
                        .findAny());
    }

    /** Why a key of the version before is not needed any more. */
    static Optional<String> removed(String name) {
        return Optional.ofNullable(REMOVED.get(name));
    }

    /** The key that a user may have meant: the nearest of the same section, or of all where there is no such section. */
    static KeySpec nearest(String name) {
        String section = name.replaceFirst("\\..*", "");
        List<KeySpec> same = BY_NAME.values().stream()
                .filter(key -> key.section().equals(section))
                .toList();
        LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
        Stream<KeySpec> candidates = same.isEmpty() ? BY_NAME.values().stream() : same.stream();
        return candidates
                .min(Comparator.<KeySpec>comparingInt(key -> distance.apply(key.name(), name))
                        .thenComparing(KeySpec::name))
                .orElseThrow();
    }
}
