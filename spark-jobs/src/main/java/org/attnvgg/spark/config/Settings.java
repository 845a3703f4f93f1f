package org.attnvgg.spark.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * The settings of a run: the command line over ATTNVGG_SPARK_CONF's file over a HOCON file over {@code attnvgg-reference.conf}.
 * Every key is known and every
 * value checked before a job sees them. Keys of Spark ({@code spark.…}) pass through unchecked.
 */
public final class Settings {

    private static final String NONE = "none";

    /** A name of our own: every library may have a reference.conf, and all of that name are read as one. */
    private static final String DEFAULTS = "attnvgg-reference.conf";

    private final Map<String, ConfigValue> values;
    private final Map<String, String> sparkSettings;

    private Settings(Map<String, ConfigValue> values, Map<String, String> sparkSettings) {
        this.values = values;
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
        Map<String, KeySpec> specs = specs();
        Settings settings = new Settings(new TreeMap<>(), new TreeMap<>());
        flatten("", reference(), settings.values::put);
        file.ifPresent(path -> flatten("", parse(path), (key, value) -> settings.put(specs, key, value)));
        settings.sparkSettings.putAll(SparkConfFile.named());
        Secrets secrets = new Secrets(settings.sparkSettings.get(Secrets.PATTERN_KEY));
        for (String override : overrides) {
            int equals = override.indexOf('=');
            if (equals < 1) {
                throw new SettingsException("'" + override + "': expected key=value");
            }
            String key = override.substring(0, equals).strip();
            String value = override.substring(equals + 1);
            secrets.refuseArgument(key, value);
            settings.put(specs, key, value(value));
        }
        return settings;
    }

    /** A copy with these values put over. */
    public Settings with(Map<String, ?> overrides) {
        Settings copy = new Settings(new TreeMap<>(values), new TreeMap<>(sparkSettings));
        Map<String, KeySpec> specs = specs();
        overrides.forEach((key, value) -> copy.put(specs, key, value(value.toString())));
        return copy;
    }

    /** Every key, in the order of {@code attnvgg-reference.conf}. */
    public static Map<String, KeySpec> specs() {
        Map<String, ConfigValue> defaults = new LinkedHashMap<>();
        flatten("", reference(), defaults::put);
        List<Map.Entry<String, ConfigValue>> entries = new ArrayList<>(defaults.entrySet());
        entries.sort(Comparator.comparingInt(entry -> entry.getValue().origin().lineNumber()));
        Map<String, KeySpec> specs = new LinkedHashMap<>();
        entries.forEach(entry -> specs.put(entry.getKey(), KeySpec.of(entry.getKey(), entry.getValue())));
        return specs;
    }

    private static ConfigObject reference() {
        return ConfigFactory.parseResources(Settings.class.getClassLoader(), DEFAULTS)
                .root();
    }

    private static ConfigObject parse(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new SettingsException("--conf " + file + ": no such file");
        }
        try {
            return ConfigFactory.parseFile(
                            file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false))
                    .resolve()
                    .root();
        } catch (ConfigException e) {
            throw new SettingsException("--conf " + message(e, file));
        }
    }

    /** What is wrong with a file, without what its line says where that names a secret. */
    private static String message(ConfigException e, Path file) {
        int line = e.origin() == null ? 0 : e.origin().lineNumber();
        try (Stream<String> lines = Files.lines(file)) {
            boolean secret = lines.skip(Math.max(0, line - 1)).limit(1).anyMatch(new Secrets(null)::isNamedIn);
            return secret
                    ? "%s: %d: this line cannot be read; a value with other characters than letters and digits must be"
                                    .formatted(file, line)
                            + " in double quotes"
                    : e.getMessage();
        } catch (IOException | UncheckedIOException unreadable) {
            return e.getMessage();
        }
    }

    private static void flatten(String prefix, ConfigObject object, BiConsumer<String, ConfigValue> into) {
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            String key = prefix + entry.getKey();
            if (entry.getValue() instanceof ConfigObject nested) {
                flatten(key + ".", nested, into);
            } else {
                into.accept(key, entry.getValue());
            }
        }
    }

    private static ConfigValue value(String text) {
        return ConfigValueFactory.fromAnyRef(text.equals(NONE) ? null : text);
    }

    /** Puts a value over what is there, after checking it. */
    private void put(Map<String, KeySpec> specs, String key, ConfigValue value) {
        if (key.startsWith("spark.")) {
            sparkSettings.put(key, String.valueOf(value.unwrapped()));
            return;
        }
        KeySpec spec = specs.get(key);
        if (spec == null && RemovedKeys.warnOf(key, value.unwrapped())) {
            return;
        }
        if (spec == null) {
            throw unknown(specs, key, value);
        }
        spec.check(value);
        values.put(key, value);
    }

    private static SettingsException unknown(Map<String, KeySpec> specs, String key, ConfigValue value) {
        LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
        KeySpec nearest = specs.values().stream()
                .min(Comparator.comparingInt(known -> distance.apply(known.key(), key)))
                .orElseThrow();
        return new SettingsException("unknown key %s = %s; the nearest known key is %s (%s)"
                .formatted(key, new Secrets(null).shown(key, value.unwrapped()), nearest.key(), nearest.allowed()));
    }

    /** Keys of Spark, as given. */
    public Map<String, String> sparkSettings() {
        return Map.copyOf(sparkSettings);
    }

    /** Every key and its value, for the record of a run. */
    public Map<String, String> asMap() {
        Map<String, String> map = new TreeMap<>();
        values.forEach((key, value) -> map.put(
                key,
                value.valueType() == ConfigValueType.NULL
                        ? NONE
                        : value.unwrapped().toString()));
        return map;
    }

    /** Refuses settings that name none of two things, or both. */
    public void requireOneOf(String one, String other) {
        boolean first = optionalString(one).isPresent();
        if (first == optionalString(other).isPresent()) {
            throw new SettingsException(
                    "give either " + one + " or " + other + ": " + (first ? "both are set" : "neither is set"));
        }
    }

    /** A text that must be there. */
    public String string(String key) {
        return optionalString(key)
                .orElseThrow(() -> new SettingsException(
                        key + " is missing: " + specs().get(key).documentation()));
    }

    /** A text, unless it is none. */
    public Optional<String> optionalString(String key) {
        ConfigValue value = at(key);
        return value.valueType() == ConfigValueType.NULL
                ? Optional.empty()
                : Optional.of(value.unwrapped().toString());
    }

    /** A list, or one text with commas between its items. */
    public List<String> strings(String key) {
        Object raw = at(key).unwrapped();
        if (raw == null) {
            throw new SettingsException(key + " is missing: " + specs().get(key).documentation());
        }
        return raw instanceof List<?> list
                ? list.stream().map(Object::toString).toList()
                : Arrays.stream(raw.toString().split(",")).map(String::strip).toList();
    }

    /** An integer. */
    public long integer(String key) {
        return Long.parseLong(string(key));
    }

    /** An integer that fits an int. */
    public int smallInteger(String key) {
        return Math.toIntExact(integer(key));
    }

    /** A number. */
    public double number(String key) {
        return Double.parseDouble(string(key));
    }

    /** True or false. */
    public boolean flag(String key) {
        return Boolean.parseBoolean(string(key));
    }

    private ConfigValue at(String key) {
        ConfigValue value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException(DEFAULTS + " has no key " + key);
        }
        return value;
    }
}
