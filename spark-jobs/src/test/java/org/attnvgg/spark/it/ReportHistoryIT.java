package org.attnvgg.spark.it;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.table.ScoreStores;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports of tables that two nights have added to, the first of them the day before yesterday. */
class ReportHistoryIT {

    @TempDir
    private static Path folder;

    @TempDir
    private Path out;

    private static SmallArchive archive;
    private static String first;

    @BeforeAll
    static void scoreTwoNights() throws IOException {
        archive = SmallArchive.in(folder);
        Files.writeString(archive.file("bad.jpg"), "no image");
        archive.rescore("score.max-reject-fraction", 1);
        first = ScoreStores.parquet(LocalSpark.session(), archive.tables())
                .read("runs")
                .head()
                .getAs("run_id");
        moveBack(Path.of(archive.tables(), "runs", first + ".parquet"), "2 days");
        archive.model("newer", 2);
        archive.rescore("score.model", folder + "/newer", "score.max-reject-fraction", 1);
    }

    /** Changes when a run was. */
    private static void moveBack(Path run, String by) throws IOException {
        Path changed = folder.resolve("changed");
        LocalSpark.session()
                .read()
                .parquet(run.toString())
                .withColumn("started_at", col("started_at").minus(expr("interval " + by)))
                .write()
                .parquet(changed.toString());
        try (Stream<Path> files = Files.list(changed)) {
            Path file = files.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            Files.move(file, run, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.deleteIfExists(run.resolveSibling("." + run.getFileName() + ".crc")); // of the row as it was
    }

    private String report(Object... more) throws IOException {
        List<Object> settings = new ArrayList<>(
                List.of("report.tables", archive.tables(), "report.out", out + "/report", "report.examples", 1));
        settings.addAll(List.of(more));
        new ReportJob(new JobContext(LocalSpark.session(), LocalSpark.settings(settings.toArray()), false)).run();
        return Files.readString(out.resolve("report/index.html")).replace("\n", "");
    }

    @Test
    void allRunsShowVolumesDriftBetweenModelsAndRejectsOverTime() throws IOException {
        assertThat(report())
                .contains("6 images scored", first, "images of each day")
                .contains("<td>v1</td><td>v2</td><td>6</td>") // drift: from, to, images
                .contains("<td>not-an-image</td><td>2</td><td>1</td><td>bad</td>");
    }

    @Test
    void oneRunIsReportedAsIfThereWereNoOther() throws IOException {
        assertThat(report("report.run", first))
                .contains("6 images scored", "<td>v1</td><td>complete</td>")
                .contains("<td>not-an-image</td><td>1</td><td>1</td><td>bad</td>")
                .doesNotContain("<td>v2</td>", "images of each day");
    }

    @Test
    void aRangeOfDaysChoosesItsRuns() throws IOException {
        LocalDate yesterday = LocalDate.now(ZoneOffset.UTC).minusDays(1);
        assertThat(report("report.to", yesterday)).contains(first).doesNotContain("<td>v2</td>");
    }

    @Test
    void aRangeWithoutRunsSaysWhichRunsThereAre() {
        assertThatThrownBy(() -> report("report.from", "2999-01-01"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("no run with report.run = none, report.from = 2999-01-01, report.to = none")
                .hasMessageContaining(first);
    }
}
