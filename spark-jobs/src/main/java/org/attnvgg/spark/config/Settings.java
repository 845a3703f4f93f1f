package org.attnvgg.spark.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The settings of a run: the command line over ATTNVGG_SPARK_CONF's file over a HOCON file over the defaults that stand in the
 * records of settings. Every key is known and every value checked before a job sees them. Keys of Spark ({@code spark.…}) pass
 * through unchecked.
 */
public final class Settings {

    private final Map<String, Object> given; // texts and lists of texts
    private final Map<String, String> sparkSettings;
    private final List<String> warnings = new ArrayList<>();

    private Settings(Map<String, Object> given, Map<String, String> sparkSettings) {
        this.given = given;
        this.sparkSettings = sparkSettings;
    }

    /**
     * Reads and checks.
     *
     * @param file HOCON, if any
     * @param overrides {@code key=value}, as on the command line
     * @throws SettingsException naming the key, its value and what is allowed
     */
    public static Settings load(Optional<Path> file, List<String> overrides) {
        Settings settings = new Settings(new TreeMap<>(), new TreeMap<>());
        file.ifPresent(path -> HoconFile.read(path).forEach(settings::put));
        settings.sparkSettings.putAll(SparkConfFile.named());
        Secrets secrets = new Secrets(settings.sparkSettings.get(Secrets.PATTERN_KEY));
        for (String override : overrides) {
            int equals = override.indexOf('=');
            if (equals < 1) {
                throw new SettingsException(
                        secrets.isNamedIn(override)
                                ? "an argument that names a secret (not shown): expected key=value"
                                : "'" + override + "': expected key=value");
            }
            String key = override.substring(0, equals).strip();
            String value = override.substring(equals + 1);
            secrets.refuseArgument(key, value);
            settings.put(key, value);
        }
        return settings;
    }

    /** A copy with these values put over. */
    public Settings with(Map<String, ?> overrides) {
        Settings copy = new Settings(new TreeMap<>(given), new TreeMap<>(sparkSettings));
        copy.warnings.addAll(warnings);
        overrides.forEach((key, value) -> copy.put(key, value.toString()));
        return copy;
    }

    /** Puts a value over what is there, after checking it. */
    private void put(String name, Object value) {
        if (name.startsWith("spark.")) {
            sparkSettings.put(name, value instanceof List<?> items ? joined(items) : value.toString());
            return;
        }
        if (KnownKeys.removed(name).isPresent()) {
            warnings.add(
                    name + " has no effect any more: " + KnownKeys.removed(name).get() + "; leave the key out");
            return;
        }
        KeySpec key = KnownKeys.find(name).orElseThrow(() -> unknown(name, value));
        if (!key.name().equals(name)) {
            warnings.add(name + " is now called " + key.name() + "; the old name works until the next version");
        }
        key.typed(value);
        given.put(key.name(), value);
    }

    private static String joined(List<?> items) {
        return String.join(",", items.stream().map(Object::toString).toList());
    }

    private static SettingsException unknown(String name, Object value) {
        KeySpec nearest = KnownKeys.nearest(name);
        return new SettingsException("unknown key %s = %s; the nearest known key is %s (%s)"
                .formatted(name, new Secrets(null).shown(name, value), nearest.name(), nearest.allowed()));
    }

    /**
     * The settings of a job.
     *
     * @param job one of this package's records
     * @throws SettingsException if one that it needs is missing, or two do not go together
     */
    public <T extends Record> T as(Class<T> job) {
        return SettingsRecords.read(job, given);
    }

    /** The keys that a job reads, in the order of its record. */
    public static List<KeySpec> keys(Class<? extends Record> job) {
        return SettingsRecords.keys(job);
    }

    /** What an earlier version recorded, by the names and in the spelling of this one; what is no key stays as it is. */
    public static Map<String, String> asNow(Map<String, String> recorded) {
        Map<String, String> now = new TreeMap<>();
        recorded.forEach((name, value) -> KnownKeys.find(name)
                .ifPresentOrElse(key -> now.put(key.name(), key.shown(key.typed(value))), () -> now.put(name, value)));
        return now;
    }

    /** A job's settings as users write them, for the record of a run. */
    public static Map<String, String> shown(Record job) {
        return SettingsRecords.shown(job);
    }

    /** What users should know of keys that they gave by names of the version before. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Keys of Spark, as given. */
    public Map<String, String> sparkSettings() {
        return Map.copyOf(sparkSettings);
    }
}
