package org.attnvgg.spark.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

    @TempDir
    private Path folder;

    private static Settings of(String... overrides) {
        return Settings.load(Optional.empty(), List.of(overrides));
    }

    @Test
    void theDefaultsAreTheContracts() {
        Map<String, String> values = of().asMap();
        assertThat(values)
                .containsEntry("seed", "42")
                .containsEntry("prepare.marking", "none")
                .containsEntry("prepare.id-column", "none")
                .containsEntry("prepare.target-column", "target")
                .containsEntry("prepare.extension", ".jpg")
                .containsEntry("prepare.negatives", "6000")
                .containsEntry("prepare.validation-fraction", "0.2")
                .containsEntry("prepare.group-column", "none")
                .containsEntry("train.epochs", "2")
                .containsEntry("train.batch-size", "100")
                .containsEntry("train.shards", "none")
                .containsEntry("train.learning-rate", "1.0E-4")
                .containsEntry("train.precision", "float32")
                .containsEntry("train.init", "none")
                .containsEntry("train.augment", "true")
                .containsEntry("train.device", "auto")
                .containsEntry("train.focal-alpha", "0.25")
                .containsEntry("train.focal-gamma", "2")
                .containsEntry("model.width", "1")
                .containsEntry("model.image-size", "224")
                .containsEntry("model.normalize-attn", "true")
                .containsEntry("model.dropout", "none")
                .containsEntry("score.batch-size", "auto")
                .containsEntry("score.precision", "float32")
                .containsEntry("score.max-reject-fraction", "0.05")
                .containsEntry("rescore.max-images", "none")
                .containsEntry("rescore.max-attempts", "3")
                .containsEntry("rescore.lock-timeout", "60");
    }

    @Test
    void everyKeyIsDocumentedAndObeysItsOwnRule() {
        assertThat(Settings.specs()).hasSizeGreaterThan(40);
        Settings.specs().values().forEach(spec -> {
            assertThat(spec.documentation()).as(spec.key()).isNotBlank();
            if (!spec.defaultValue().equals("none")) {
                assertThat(of(spec.key() + "=" + spec.defaultValue()).asMap()).containsKey(spec.key());
            }
        });
    }

    @Test
    void theCommandLineBeatsTheFileAndTheFileBeatsTheDefaults() throws IOException {
        Path file = folder.resolve("my.conf");
        Files.writeString(file, "train { epochs = 5, batch-size = 20 }\nprepare.marking = [a.csv, b.csv]\n");
        Settings settings = Settings.load(Optional.of(file), List.of("train.epochs=7"));
        assertThat(settings.integer("train.epochs")).isEqualTo(7);
        assertThat(settings.integer("train.batch-size")).isEqualTo(20);
        assertThat(settings.number("train.learning-rate")).isEqualTo(1e-4);
        assertThat(settings.strings("prepare.marking")).containsExactly("a.csv", "b.csv");
    }

    @Test
    void anUnknownKeyNamesTheNearestKnownOne() {
        assertThatThrownBy(() -> of("train.epoch=3"))
                .isInstanceOf(SettingsException.class)
                .hasMessage("unknown key train.epoch = 3; the nearest known key is train.epochs (int [1..])");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "train.epochs=0; train.epochs = 0: must be int [1..]",
                "train.epochs=two; train.epochs = two: must be int [1..]",
                "train.epochs=none; train.epochs = none: must be int [1..]",
                "prepare.validation-fraction=1; prepare.validation-fraction = 1: must be float (0..1)",
                "train.precision=int8; train.precision = int8: must be one of float32, bfloat16, float16",
                "train.augment=yes; train.augment = yes: must be bool",
                "model.dropout=1; model.dropout = 1: must be float [0..1) (or none)",
                "prepare.negatives=some; prepare.negatives = some: must be int [1..], or all",
                "train.learning-rate=NaN; train.learning-rate = NaN: must be float (0..)",
            })
    void aValueThatBreaksItsRuleIsNamedWithTheRule(String override, String message) {
        assertThatThrownBy(() -> of(override))
                .isInstanceOf(SettingsException.class)
                .hasMessage(message);
    }

    @Test
    void whatIsMissingIsNamedWithItsMeaning() {
        assertThatThrownBy(() -> of().string("train.manifest"))
                .isInstanceOf(SettingsException.class)
                .hasMessage("train.manifest is missing: The manifest table that prepare wrote.");
    }

    @Test
    void aBrokenFileIsNamedWithItsLine() throws IOException {
        Path file = folder.resolve("broken.conf");
        Files.writeString(file, "train {\n  epochs = 2\n");
        assertThatThrownBy(() -> Settings.load(Optional.of(file), List.of()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("broken.conf")
                .hasMessageContaining("3:");
    }

    @Test
    void aWordThatIsNoSettingIsRefused() {
        assertThatThrownBy(() -> of("epochs"))
                .isInstanceOf(SettingsException.class)
                .hasMessage("'epochs': expected key=value");
    }

    @Test
    void sparksOwnKeysPassThrough() {
        Settings settings = of("spark.master=local[4]", "spark.executor.memory=2g");
        assertThat(settings.sparkSettings())
                .containsEntry("spark.master", "local[4]")
                .containsEntry("spark.executor.memory", "2g");
    }
}
