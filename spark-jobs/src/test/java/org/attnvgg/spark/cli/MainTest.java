package org.attnvgg.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

    private final PrintStream standardOut = System.out;
    private final PrintStream standardErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void catchOutput() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void releaseOutput() {
        System.setOut(standardOut);
        System.setErr(standardErr);
    }

    @Test
    void withoutAJobItSaysHowToCallIt() {
        assertThat(Main.run()).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("Usage: attnvgg", "prepare", "train", "score", "report", "demo");
    }

    @ParameterizedTest
    @ValueSource(strings = {"prepare", "train", "score", "report", "demo"})
    void everyJobListsItsKeysWithDefaults(String job) {
        assertThat(Main.run(job, "--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("  " + job + ".")
                .contains("out = ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"score", "rescore", "repair", "sql", "report"})
    void jobsOnScoreTablesListHowTheseAreKept(String job) {
        assertThat(Main.run(job, "--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("table.format = parquet");
    }

    @Test
    void aWrongSettingIsAUsageError() {
        assertThat(Main.run("train", "train.epochs=0")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("attnvgg: train.epochs = 0: must be a whole number, at least 1");
    }

    @ParameterizedTest
    @CsvSource({"table.float-encoding, plain", "table.attention-encoding, byte-stream-split"})
    void aKeyThatWasRemovedIsAWarningAndTheJobGoesOn(String key, String value) {
        assertThat(Main.run("train", key + "=" + value)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("attnvgg: WARNING: " + key
                        + " has no effect any more: tables of Parquet files are"
                        + " written in encodings that every reader knows; leave the key out")
                .contains("attnvgg: train.manifest is missing: The manifest table that prepare wrote.");
    }

    @Test
    void anUnknownJobOrOptionIsAUsageError() {
        assertThat(Main.run("trane")).isEqualTo(2);
        assertThat(Main.run("train", "--overwrit")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("trane", "--overwrit");
    }
}
