package org.attnvgg.spark.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The file of Spark's settings that ATTNVGG_SPARK_CONF names, in the format of Spark's own spark-defaults.conf. The launcher
 * passes its name, so that no value of it is on a command line; spark-submit reads it itself.
 */
final class SparkConfFile {

    /** The property that has its name. */
    static final String NAME = "attnvgg.spark.conf";

    private static final String PREFIX = "spark.";

    private SparkConfFile() {}

    /** The settings of the file that the property names, if any. */
    static Map<String, String> named() {
        String name = System.getProperty(NAME, "");
        return name.isEmpty() ? Map.of() : read(Path.of(name));
    }

    /**
     * The settings of a file.
     *
     * @throws SettingsException if it cannot be read
     */
    static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new SettingsException(
                    "ATTNVGG_SPARK_CONF = " + file + ": expected a file of Spark's settings, a key and a"
                            + " value on each line, in UTF-8, that this user may read ("
                            + e.getClass().getSimpleName() + ")");
        }
        Map<String, String> settings = new TreeMap<>();
        for (String key : properties.stringPropertyNames()) {
            if (key.startsWith(PREFIX)) {
                settings.put(key, properties.getProperty(key).strip());
            }
        }
        return settings;
    }
}
