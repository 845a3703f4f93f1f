package org.attnvgg.spark.config;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keys, for the reference. */
public final class SettingsReference {

    private SettingsReference() {}

    /** The keys of each section. */
    public static Map<String, List<KeySpec>> sections() {
        Map<String, List<KeySpec>> sections = new TreeMap<>();
        KnownKeys.JOBS.stream()
                .flatMap(job -> SettingsRecords.keys(job).stream())
                .map(KeySpec::name)
                .distinct()
                .map(name -> KnownKeys.all().get(name))
                .forEach(key -> sections.merge(
                        key.section(),
                        List.of(key),
                        (all, one) -> java.util.stream.Stream.concat(all.stream(), one.stream())
                                .toList()));
        return sections;
    }
}
