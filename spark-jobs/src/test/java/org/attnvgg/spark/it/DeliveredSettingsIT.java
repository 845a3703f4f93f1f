package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.config.SettingsException;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.score.RescoreJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.sql.SqlJob;
import org.attnvgg.spark.train.TrainJob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code conf/attnvgg.conf} with each job that its first line names: only the data are missing. */
class DeliveredSettingsIT {

    private static final Path FILE = Path.of("../conf/attnvgg.conf");

    @TempDir
    private Path data;

    private static Arguments job(String name, Consumer<JobContext> job) {
        return Arguments.of(name, job);
    }

    private static Stream<Arguments> jobs() {
        return Stream.of(
                job("prepare", run -> new PrepareJob(run).run()),
                job("train", run -> new TrainJob(run).run()),
                job("score", run -> new ScoreJob(run).run()),
                job("rescore", run -> new RescoreJob(run).run()),
                job("report", run -> new ReportJob(run).run()),
                job("sql", run -> new SqlJob(run).run()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("jobs")
    void aJobReadsItAndStopsWhereItsInputIsMissing(String name, Consumer<JobContext> job) throws IOException {
        String settings = Files.readString(FILE);
        assertThat(settings.lines().findFirst().orElseThrow()).contains(name);
        Path copy = data.resolve("attnvgg.conf");
        Files.writeString(copy, settings.replace("= /data/", "= " + data + "/"));
        JobContext run = new JobContext(LocalSpark.session(), Settings.load(Optional.of(copy), List.of()), false);
        Throwable failure = catchThrowable(() -> job.accept(run));
        assertThat(failure).isNotNull().isNotInstanceOf(SettingsException.class);
        assertThat(failure).hasMessageContaining(data.toString());
    }

    @Test
    void itsFirstLineNamesNoJobThatIsNotTriedHere() throws IOException {
        String first = Files.readAllLines(FILE).get(0);
        List<String> tried = jobs().map(job -> job.get()[0].toString()).toList();
        assertThat(Arrays.stream(new String[] {"demo", "bench", "preflight"})).noneMatch(first::contains);
        assertThat(tried).allMatch(first::contains);
    }
}
