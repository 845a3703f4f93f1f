package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.cli.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line in a JVM that has a Spark session already, as a notebook's has. */
class SparkSessionsIT {

    @TempDir
    private Path folder;

    @Test
    void aSessionThatWasThereBeforeTheJobOutlivesIt() throws Exception {
        SparkSession theirs = LocalSpark.session();
        SmallArchive archive = SmallArchive.in(folder);
        archive.rescore();
        assertThat(Main.run("sql", "sql.tables=" + archive.tables(), "sql.query=SELECT count(*) FROM runs"))
                .isZero();
        assertThat(Main.run("sql", "sql.tables=" + folder + "/archive"))
                .as("a job that fails")
                .isEqualTo(1);
        assertThat(theirs.sparkContext().isStopped()).isFalse();
        assertThat(theirs.range(3).count()).isEqualTo(3);
    }
}
