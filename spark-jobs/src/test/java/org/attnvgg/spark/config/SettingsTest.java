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
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spark.hadoop.fs.s3a.secret.key=hidden",
                "spark.ssl.keyPassword=hidden",
                "spark.authenticate.secret=hidden",
                "fs.s3a.access.key=hidden",
                "spark.executor.extraJavaOptions=-Dmy.token=hidden"
            })
    void aSecretOnTheCommandLineIsRefusedWithoutBeingShown(String argument) {
        assertThatThrownBy(() -> of(argument))
                .isInstanceOf(SettingsException.class)
                .hasMessage(argument.substring(0, argument.indexOf('='))
                        + " is a secret, and every user of this machine can read the command line; put it into the file that"
                        + " ATTNVGG_SPARK_CONF names, or into --conf FILE, readable by you alone");
    }

    @Test
    void aFileOfSparksSettingsComesBetweenTheSettingsFileAndTheCommandLine() throws IOException {
        Path spark = Files.writeString(folder.resolve("spark.conf"), """
                # a comment
                spark.master            spark://master:7077
                spark.executor.extraJavaOptions=-Da=1 -Db=2
                spark.hadoop.fs.s3a.secret.key = hidden \s
                #spark.task.cpus        9
                other.key               1
                """);
        Path hocon = Files.writeString(
                folder.resolve("own.conf"), "spark { master = mine, app.name = mine, task.cpus = 3, cores.max = 4 }");
        System.setProperty("attnvgg.spark.conf", spark.toString());
        try {
            assertThat(Settings.load(Optional.of(hocon), List.of("spark.cores.max=5"))
                            .sparkSettings())
                    .containsOnly(
                            Map.entry("spark.master", "spark://master:7077"),
                            Map.entry("spark.executor.extraJavaOptions", "-Da=1 -Db=2"),
                            Map.entry("spark.hadoop.fs.s3a.secret.key", "hidden"),
                            Map.entry("spark.app.name", "mine"),
                            Map.entry("spark.task.cpus", "3"),
                            Map.entry("spark.cores.max", "5"));
            System.setProperty("attnvgg.spark.conf", "/no/such/file");
            assertThatThrownBy(() -> of())
                    .isInstanceOf(SettingsException.class)
                    .hasMessageStartingWith("ATTNVGG_SPARK_CONF = /no/such/file: expected a file of Spark's settings");
        } finally {
            System.clearProperty("attnvgg.spark.conf");
        }
    }

    @Test
    void aPatternOfTheUsersOwnNamesFurtherSecrets() throws IOException {
        Path hocon = Files.writeString(folder.resolve("own.conf"), "spark.redaction.regex = \"(?i)private\"");
        assertThatThrownBy(() -> Settings.load(Optional.of(hocon), List.of("spark.my.private=1")))
                .hasMessageStartingWith("spark.my.private is a secret");
        assertThatThrownBy(() -> Settings.load(Optional.of(hocon), List.of("spark.my.password=1")))
                .hasMessageStartingWith("spark.my.password is a secret");
    }

    @Test
    void aSecretInAFileIsTakenAndNeverShown() throws IOException {
        Path right = Files.writeString(folder.resolve("right.conf"), "spark.hadoop.fs.s3a.secret.key = hidden");
        assertThat(Settings.load(Optional.of(right), List.of()).sparkSettings())
                .containsEntry("spark.hadoop.fs.s3a.secret.key", "hidden");
        Path misplaced = Files.writeString(folder.resolve("misplaced.conf"), "fs.s3a.secret.key = hidden");
        assertThatThrownBy(() -> Settings.load(Optional.of(misplaced), List.of()))
                .hasMessageStartingWith("unknown key fs.s3a.secret.key = (not shown); the nearest known key is ");
        Path broken = Files.writeString(folder.resolve("broken.conf"), "seed = 1\nspark.fs.secret = aa+hidden\n");
        assertThatThrownBy(() -> Settings.load(Optional.of(broken), List.of()))
                .isInstanceOf(SettingsException.class)
                .hasMessage(
                        "--conf " + broken + ": 2: this line cannot be read; a value with other characters than letters"
                                + " and digits must be in double quotes");
    }
}
