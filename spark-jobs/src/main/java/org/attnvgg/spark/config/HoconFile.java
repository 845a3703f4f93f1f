package org.attnvgg.spark.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A user's file of settings. */
final class HoconFile {

    private HoconFile() {}

    /**
     * Its values by their whole names: texts and lists of texts, {@code none} for null.
     *
     * @throws SettingsException if there is no such file, or a line that cannot be read
     */
    static Map<String, Object> read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new SettingsException("--conf " + file + ": no such file");
        }
        try {
            Map<String, Object> values = new LinkedHashMap<>();
            ConfigParseOptions options = ConfigParseOptions.defaults().setAllowMissing(false);
            flatten(
                    "",
                    ConfigFactory.parseFile(file.toFile(), options).resolve().root(),
                    values);
            return values;
        } catch (ConfigException e) {
            throw new SettingsException("--conf " + message(e, file));
        }
    }

    private static void flatten(String prefix, ConfigObject object, Map<String, Object> into) {
        object.forEach((name, value) -> {
            if (value instanceof ConfigObject nested) {
                flatten(prefix + name + ".", nested, into);
            } else if (value.unwrapped() instanceof List<?> items) {
                into.put(prefix + name, items.stream().map(String::valueOf).toList());
            } else if (value.unwrapped() != null || !prefix.startsWith("spark.")) { // Spark's own default holds
                into.put(prefix + name, value.unwrapped() == null ? "none" : String.valueOf(value.unwrapped()));
            }
        });
    }

    /** What is wrong with a file, without what its line says where that names a secret. */
    private static String message(ConfigException e, Path file) {
        int line = e.origin() == null ? 0 : e.origin().lineNumber();
        String named = e.origin() == null ? null : e.origin().filename(); // perhaps an included one
        try (Stream<String> lines = Files.lines(named == null ? file : Path.of(named))) {
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
}
