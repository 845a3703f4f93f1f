package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.report.ReportJob;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports of a few images. */
class ReportIT {

    private static final TrainedImages images = TrainedImages.shared();

    @TempDir
    private Path folder;

    @Test
    void theReportShowsIdsAsTextAndNeedsNothingBesideIt() throws IOException {
        images.score(folder, "none", "score.manifest", images.folder() + "/prepared");
        var settings = LocalSpark.settings(
                "report.tables",
                folder + "/scores",
                "report.out",
                folder + "/report",
                "report.examples",
                TrainedImages.COUNT);
        ReportJob.Result result = new ReportJob(new JobContext(LocalSpark.session(), settings, false)).run();
        assertThat(result.metrics().rocAuc()).isBetween(0.0, 1.0);
        String page = Files.readString(folder.resolve("report/index.html"));
        assertThat(page)
                .contains("&lt;b&gt;bold&amp;amp;", "Most malignant", "Most benign", "Most wrong", "ROC AUC")
                .doesNotContain("<b>bold", "http://", "https://", "<script", "no longer readable");
        assertThat(page.split("data:image/jpeg;base64,", -1)).hasSize(1 + 3 * 3 * TrainedImages.COUNT);
    }

    @Test
    void anUnlabelledRunHasAReportWithoutAreas() throws IOException {
        images.score(folder, images.folder() + "/images");
        var settings = LocalSpark.settings("report.tables", folder + "/scores", "report.out", folder + "/report");
        ReportJob.Result result = new ReportJob(new JobContext(LocalSpark.session(), settings, false)).run();
        assertThat(result.metrics().defined()).isFalse();
        assertThat(Files.readString(folder.resolve("report/index.html")))
                .contains("histogram of scores")
                .doesNotContain("Most wrong");
    }
}
