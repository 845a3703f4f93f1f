package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs in YARN's cluster mode, where the program's end is what YARN calls the application's. */
class YarnIT {

    @TempDir
    private static Path folder;

    private static YarnCluster yarn;

    @BeforeAll
    static void start() throws IOException {
        yarn = new YarnCluster(Files.createDirectories(folder.resolve("yarn")));
        Files.writeString(folder.resolve("marking.csv"), "image_id,target\na,0\nb,1\nc,0\nd,1\n");
    }

    @AfterAll
    static void stop() {
        if (yarn != null) {
            yarn.close();
        }
    }

    private static YarnCluster.End prepare(List<String> sparkSettings, String marking) throws Exception {
        return yarn.submit(
                sparkSettings,
                "prepare",
                "prepare.marking=" + folder.resolve(marking).toUri(),
                "prepare.images=" + folder.toUri(),
                "prepare.validation-fraction=0.5",
                "prepare.out=" + folder.resolve("prepared").toUri());
    }

    /** The settings of YARN itself and of locales in the file that is delivered; the others ask for GPUs. */
    private static List<String> delivered() throws IOException {
        List<String> settings = Files.readAllLines(Path.of("../conf/spark-yarn.conf")).stream()
                .filter(line -> line.matches("spark\\.(yarn|executorEnv\\.LC_ALL).*"))
                .map(line -> line.replaceFirst("\\s+", "="))
                .toList();
        assertThat(settings).contains("spark.yarn.maxAppAttempts=1");
        return settings;
    }

    @Test
    void aJobThatGoesWellHasSucceededAtItsFirstAttempt() throws Exception {
        List<String> settings = new ArrayList<>(delivered());
        settings.add("spark.yarn.maxAppAttempts=2");
        YarnCluster.End end = prepare(settings, "marking.csv");
        assertThat(end.status()).as(end.log()).isEqualTo(FinalApplicationStatus.SUCCEEDED);
        assertThat(end.attempts()).as("attempts").isOne();
        assertThat(end.exitCode()).isZero();
        assertThat(folder.resolve("prepared/manifest")).isDirectory();
    }

    @Test
    void aJobThatFailsHasFailedAndIsNotTriedAgain() throws Exception {
        YarnCluster.End end = prepare(delivered(), "missing.csv");
        assertThat(end.status()).as(end.log()).isEqualTo(FinalApplicationStatus.FAILED);
        assertThat(end.attempts()).as("attempts").isOne();
        assertThat(end.exitCode()).isOne();
    }
}
