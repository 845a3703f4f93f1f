package org.attnvgg.spark.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.attnvgg.torchscript.Precision;
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
        assertThat(Settings.shown(of("prepare.marking=m.csv", "prepare.images=i", "prepare.out=o")
                        .as(PrepareSettings.class)))
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("prepare.marking", "m.csv"),
                        Map.entry("prepare.images", "i"),
                        Map.entry("prepare.out", "o"),
                        Map.entry("prepare.id-column", "none"),
                        Map.entry("prepare.target-column", "target"),
                        Map.entry("prepare.extension", ".jpg"),
                        Map.entry("prepare.negatives", "6000"),
                        Map.entry("prepare.validation-fraction", "0.2"),
                        Map.entry("prepare.group-column", "none"),
                        Map.entry("prepare.check-images", "false"),
                        Map.entry("seed", "42")));
        assertThat(Settings.shown(of("train.manifest=m", "train.out=o").as(TrainSettings.class)))
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
                .containsEntry("train.gradient-precision", "float32")
                .containsEntry("model.width", "1")
                .containsEntry("model.image-size", "224")
                .containsEntry("model.normalize-attn", "true")
                .containsEntry("model.dropout", "none");
        assertThat(Settings.shown(of("score.model=m", "score.images=i", "rescore.tables=t")
                        .as(RescoreSettings.class)))
                .containsEntry("score.batch-size", "auto")
                .containsEntry("score.precision", "float32")
                .containsEntry("score.max-reject-fraction", "0.05")
                .containsEntry("rescore.max-images", "none")
                .containsEntry("rescore.max-attempts", "3")
                .containsEntry("rescore.lock-timeout", "60")
                .containsEntry("table.format", "parquet");
    }

    @Test
    void everyKeyIsDocumentedAndItsDefaultObeysItsRule() {
        assertThat(KnownKeys.all()).hasSizeGreaterThan(70);
        KnownKeys.all().values().forEach(key -> {
            assertThat(key.text()).as(key.name()).endsWith(".").doesNotContain("picture");
            if (!key.defaultText().isEmpty()) {
                key.typed(null);
                key.typed(key.defaultText());
            }
        });
    }

    /** A second one could have another default. */
    @Test
    void everyKeyHasOneHome() {
        Map<String, Object> homes = new HashMap<>();
        for (RecordComponent component : SettingsRecords.components(KnownKeys.JOBS)) {
            Object home = homes.put(KeySpec.of(component).name(), component.getDeclaringRecord());
            assertThat(home).as(component.toString()).isIn(null, component.getDeclaringRecord());
        }
    }

    @Test
    void theCommandLineBeatsTheFileAndTheFileBeatsTheDefaults() throws IOException {
        Path file = folder.resolve("my.conf");
        Files.writeString(file, """
                train { epochs = 5, batch-size = 20, manifest = m, out = o, shards = null }
                prepare { marking = ["a,1.csv", b.csv], images = i, out = o }
                """);
        Settings settings = Settings.load(Optional.of(file), List.of("train.epochs=7"));
        TrainSettings train = settings.as(TrainSettings.class);
        assertThat(train.epochs()).isEqualTo(7);
        assertThat(train.batchSize()).isEqualTo(20);
        assertThat(train.learningRate()).isEqualTo(1e-4);
        assertThat(train.shards()).isEmpty();
        assertThat(settings.as(PrepareSettings.class).marking()).containsExactly("a,1.csv", "b.csv");
        assertThat(settings.with(Map.of("prepare.marking", "c.csv, d.csv"))
                        .as(PrepareSettings.class)
                        .marking())
                .containsExactly("c.csv", "d.csv");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "train.epoch; train.epochs (a whole number, at least 1)",
                "prepare.epochs; prepare.images (a path or URI)",
                "trian.epochs; train.epochs (a whole number, at least 1)",
            })
    void anUnknownKeyNamesTheNearestKnownOneOfItsSection(String key, String nearest) {
        assertThatThrownBy(() -> of(key + "=3"))
                .isInstanceOf(SettingsException.class)
                .hasMessage("unknown key " + key + " = 3; the nearest known key is " + nearest);
    }

    @Test
    void aKeyOfTheVersionBeforeStillWorksAndIsWarnedOf() {
        Settings settings = of("train.wire=bfloat16", "train.manifest=m", "train.out=o", "table.float-encoding=plain");
        assertThat(settings.as(TrainSettings.class).exchange().gradientPrecision())
                .isEqualTo(Precision.BFLOAT16);
        assertThat(settings.warnings())
                .containsExactly(
                        "train.wire is now called train.gradient-precision; the old name works until the next version",
                        "table.float-encoding has no effect any more: tables of Parquet files are written in encodings that"
                                + " every reader knows; leave the key out");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "train.epochs=0; train.epochs = 0: must be a whole number, at least 1",
                "train.epochs=two; train.epochs = two: must be a whole number, at least 1",
                "train.epochs=99999999999; train.epochs = 99999999999: must be a whole number, at least 1",
                "train.epochs=none; train.epochs = none: must be a whole number, at least 1",
                "prepare.marking=none; prepare.marking is missing: Marking CSV files with a header line.",
                "train.manifest=none; train.manifest is missing: The manifest table that prepare wrote.",
                "train.batch-size=2147483647; train.batch-size = 2147483647: must be a whole number, at least 1 and at most"
                        + " 1000000",
                "' =5'; 'unknown key  = 5; the nearest known key is seed (a whole number)'",
                "sql.max-rows=-Dpassword=x; sql.max-rows = (not shown): must be a whole number of rows, at least 1 and at most"
                        + " 1000000",
                "prepare.validation-fraction=1; prepare.validation-fraction = 1: must be a number, greater than 0 and less"
                        + " than 1",
                "model.image-size=100; model.image-size = 100: must be a whole number of pixels, at least 32 and at most"
                        + " 1024, a multiple of 32",
                "train.precision=int8; train.precision = int8: must be one of float32, bfloat16, float16",
                "train.precision=float64; train.precision = float64: must be one of float32, bfloat16, float16",
                "train.augment=yes; train.augment = yes: must be true or false",
                "model.dropout=1; model.dropout = 1: must be a number, at least 0 and less than 1, or none",
                "prepare.negatives=some; prepare.negatives = some: must be a whole number, at least 1, or all",
                "train.learning-rate=NaN; train.learning-rate = NaN: must be a number, greater than 0",
                "rescore.lock-timeout=5; rescore.lock-timeout = 5: must be a whole number of seconds, at least 6 and at most"
                        + " 31536000",
                "report.thresholds=0.1,2; report.thresholds = 2: must be a list of numbers, at least 0 and at most 1, with"
                        + " commas between them",
                "report.from=today; report.from = today: must be a date, as 2026-03-31, or none",
                "score.out=; score.out = '': must be a path or URI",
            })
    void aValueThatBreaksItsRuleIsNamedWithTheRule(String override, String message) {
        assertThatThrownBy(() -> of(override))
                .isInstanceOf(SettingsException.class)
                .hasMessage(message);
    }

    @Test
    void whatIsMissingIsNamedWithItsMeaning() {
        assertThatThrownBy(() -> of().as(TrainSettings.class))
                .isInstanceOf(SettingsException.class)
                .hasMessage("train.manifest is missing: The manifest table that prepare wrote.");
    }

    @Test
    void aJobNeedsImagesOrAManifestAndNotBoth() {
        assertThatThrownBy(() -> of("score.model=m", "score.out=o").as(ScoreSettings.class))
                .hasMessage("give either score.images or score.manifest: neither is set");
        assertThatThrownBy(() -> of("score.model=m", "score.out=o", "score.images=i", "score.manifest=m")
                        .as(ScoreSettings.class))
                .hasMessage("give either score.images or score.manifest: both are set");
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
    void whatAnEarlierVersionRecordedIsComparedByTodaysNamesAndSpelling() {
        assertThat(Settings.asNow(Map.of("train.wire", "float32", "train.learning-rate", "1e-3", "data.hash", "x")))
                .isEqualTo(Map.of(
                        "train.gradient-precision", "float32", "train.learning-rate", "0.001", "data.hash", "x"));
    }

    @Test
    void aFileMayGiveSparkListsAndLeaveItsKeysOut() throws IOException {
        Path file = folder.resolve("spark.conf");
        Files.writeString(file, "spark { jars = [a.jar, b.jar], sql.shuffle.partitions = null }");
        assertThat(Settings.load(Optional.of(file), List.of()).sparkSettings())
                .containsExactly(Map.entry("spark.jars", "a.jar,b.jar"));
    }

    @Test
    void aSecretOfAnIncludedFileOrWithoutAnEqualsSignIsNotShown() throws IOException {
        Path included = Files.writeString(folder.resolve("inner.conf"), "seed = 1\nspark.fs.secret = aa+hidden\n");
        Path outer = Files.writeString(folder.resolve("outer.conf"), "include file(\"" + included + "\")\n");
        assertThatThrownBy(() -> Settings.load(Optional.of(outer), List.of()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("this line cannot be read")
                .hasMessageNotContainingAny("hidden", "'h'");
        assertThatThrownBy(() -> of("spark.fs.secret hidden"))
                .hasMessage("an argument that names a secret (not shown): expected key=value");
    }

    @Test
    void statementsComeFromOnePlace() {
        assertThatThrownBy(() -> of("sql.tables=t", "sql.query=q", "sql.file=f").as(SqlSettings.class))
                .hasMessage("give either sql.query (-e) or sql.file (-f): both are set");
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
