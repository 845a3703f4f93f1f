package org.attnvgg.spark.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.internal.config.ConfigEntry;
import org.apache.spark.util.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.collection.JavaConverters;

/** Every file of settings in {@code conf/} can be read as it is delivered. */
class DeliveredSettingsTest {

    private static final Path CONF = Path.of("../conf");

    /** Keys of Spark's modules for clusters, which are not on the class path, and those whose end is a name of the user's. */
    private static final Set<String> OTHERS = Set.of(
            "spark.master",
            "spark.yarn.maxAppAttempts",
            "spark.kubernetes.container.image",
            "spark.executor.resource.gpu.amount",
            "spark.executor.resource.gpu.vendor",
            "spark.executor.resource.gpu.discoveryScript",
            "spark.task.resource.gpu.amount");

    /** Variables of the environment of executors, and of drivers in containers. */
    private static final Pattern VARIABLES =
            Pattern.compile("spark\\.(executorEnv|yarn\\.appMasterEnv|kubernetes\\.driverEnv)\\.[A-Z_]+");

    private static Stream<Path> files(String start) {
        try (Stream<Path> files = Files.list(CONF)) {
            return files.filter(file -> file.getFileName().toString().matches(start + ".*\\.conf")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Path> ofTheProgram() {
        return files("(?!spark-)");
    }

    private static Stream<Path> ofSpark() {
        return files("spark-");
    }

    @Test
    void everyFileIsOfTheProgramOrOfSpark() {
        assertThat(ofTheProgram()).hasSize(1);
        assertThat(ofSpark()).hasSize(3);
    }

    @ParameterizedTest
    @MethodSource("ofTheProgram")
    void everyKeyOfTheProgramIsKnownAndAlsoThoseThatAreCommentedOut(Path file) throws IOException {
        assertThat(Settings.load(Optional.of(file), List.of()).sparkSettings()).isEmpty();
        String all = Files.readString(file).replaceAll("(?m)^( *)# ([a-z-]+ = )", "$1$2");
        assertThat(all).isNotEqualTo(Files.readString(file));
        Path uncommented = Files.createTempFile("all", ".conf");
        try {
            Files.writeString(uncommented, all);
            assertThat(Settings.load(Optional.of(uncommented), List.of()).sparkSettings())
                    .isEmpty();
        } finally {
            Files.delete(uncommented);
        }
    }

    @ParameterizedTest
    @MethodSource("ofSpark")
    void everyKeyOfSparkIsKnownAndAlsoThoseThatAreCommentedOut(Path file) throws IOException {
        Path uncommented = Files.createTempFile("all", ".conf");
        try {
            Files.writeString(uncommented, Files.readString(file).replaceAll("(?m)^#spark", "spark"));
            Map<String, String> keys = JavaConverters.mapAsJavaMap(Utils.getPropertiesFromFile(uncommented.toString()));
            assertThat(keys.keySet())
                    .hasSizeGreaterThan(5)
                    .allSatisfy(key -> assertThat(OTHERS.contains(key)
                                    || VARIABLES.matcher(key).matches()
                                    || isSparks(key))
                            .as(key)
                            .isTrue());
        } finally {
            Files.delete(uncommented);
        }
    }

    private static boolean isSparks(String key) {
        assertThat(org.apache.spark.internal.config.package$.MODULE$.EXECUTOR_CORES())
                .isNotNull(); // registers them
        return ConfigEntry.findEntry(key) != null;
    }
}
