package org.attnvgg.spark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.spark.SparkConf;
import org.attnvgg.files.TempFolders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnDefaultsTest {

    private static SparkConf conf(String master, String... keysAndValues) {
        SparkConf conf = new SparkConf(false).set("spark.master", master);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            conf.set(keysAndValues[i], keysAndValues[i + 1]);
        }
        OwnDefaults.set(conf);
        return conf;
    }

    @ParameterizedTest
    @ValueSource(strings = {"local[2]", "local-cluster[2,1,1024]"})
    void onOneMachineTemporaryFoldersAreTheProgramsOwn(String master) throws Exception {
        SparkConf conf = conf(master);
        assertThat(conf.get("spark.local.dir")).isEqualTo(TempFolders.own() + "/spark");
        assertThat(conf.get("spark.hadoop.hadoop.tmp.dir")).isEqualTo(TempFolders.own() + "/hadoop");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(Path.of(conf.get("spark.hadoop.hadoop.tmp.dir")))))
                .isEqualTo("rwx------");
        assertThat(conf(master, "spark.local.dir", "/scratch").get("spark.local.dir"))
                .isEqualTo("/scratch");
    }

    @ParameterizedTest
    @ValueSource(strings = {"spark://master:7077", "yarn", "k8s://https://api"})
    void onClustersTheyAreTheClusters(String master) {
        assertThat(conf(master).contains("spark.local.dir")).isFalse();
        assertThat(conf(master).contains("spark.hadoop.hadoop.tmp.dir")).isFalse();
        assertThat(conf(master).contains("spark.ui.enabled")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"local", "local-cluster[2,1,1024]", "spark://master:7077", "yarn"})
    void pagesCancelNothingAndExecutorsReadAllNames(String master) {
        assertThat(conf(master).get("spark.ui.killEnabled")).isEqualTo("false");
        assertThat(conf(master, "spark.ui.killEnabled", "true").get("spark.ui.killEnabled"))
                .isEqualTo("true");
        assertThat(conf(master).get("spark.executorEnv.LC_ALL")).isEqualTo("C.UTF-8");
        assertThat(conf(master, "spark.executorEnv.LC_ALL", "de_DE.UTF-8").get("spark.executorEnv.LC_ALL"))
                .isEqualTo("de_DE.UTF-8");
    }

    @Test
    void aUmaskThatTheUserGivesHadoopCounts() {
        SparkConf conf = conf("local", "spark.hadoop.fs.permissions.umask-mode", "007");
        assertThat(conf.get("spark.hadoop.fs.permissions.umask-mode")).isEqualTo("007");
        assertThat(conf.get("spark.hadoop.attnvgg.process-umask")).isEqualTo("false");
    }
}
