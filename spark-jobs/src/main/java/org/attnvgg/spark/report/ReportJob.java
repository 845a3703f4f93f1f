package org.attnvgg.spark.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.attnvgg.evaluation.BinaryMetrics;
import org.attnvgg.spark.config.ReportSettings;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.ModelFolders;
import org.attnvgg.spark.job.OutputFolder;

/**
 * {@code report}: what scoring runs found, as one HTML page that needs nothing beside it. An image that was scored more than
 * once counts as it was scored last, by the newest model.
 */
public final class ReportJob {

    private static final String PAGE = "index.html";

    private final JobContext run;
    private final ReportSettings settings;

    /** The job of that run. */
    public ReportJob(JobContext run) {
        this.run = run;
        settings = run.settings().as(ReportSettings.class);
    }

    /**
     * What a run wrote.
     *
     * @param page where
     * @param metrics over the labelled images
     */
    public record Result(String page, BinaryMetrics metrics) {}

    /** Runs the job. */
    public Result run() {
        run.describe("report", "report " + settings.tables());
        try (OutputFolder out = run.output("report.out", settings.out(), PAGE)) {
            ChosenRuns chosen = new ChosenRuns(run.spark(), settings);
            Dataset<Row> latest = chosen.table("latest_predictions").cache();
            Quality quality = new Quality(latest);
            String page = page(chosen, latest.filter(Quality.FINITE), quality);
            latest.unpersist();
            ModelFolders.withLocalFolder(local -> {
                Files.writeString(local.resolve(PAGE), page);
                out.copyIn(local);
                return local;
            });
            String where = out.publish() + "/" + PAGE;
            print(quality.metrics());
            Console.line("report: %s", where);
            return new Result(where, quality.metrics());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void print(BinaryMetrics metrics) {
        if (metrics.defined()) {
            Console.line(
                    "AUC %.4f, average precision %.4f over %,d labelled images",
                    metrics.rocAuc(), metrics.averagePrecision(), metrics.positives() + metrics.negatives());
        } else {
            Console.line("no AUC: the images are not labelled, or are of one class");
        }
    }

    private String page(ChosenRuns chosen, Dataset<Row> predictions, Quality quality) throws IOException {
        BinaryMetrics metrics = quality.metrics();
        long labelled = metrics.positives() + metrics.negatives();
        Html html = new Html();
        html.raw("<!DOCTYPE html><html lang=en><meta charset=utf-8><title>AttnVGG report</title><style>")
                .raw(css())
                .raw("</style>")
                .element("h1", "AttnVGG: %,d images scored".formatted(predictions.count()));
        quality.areas(html);
        html.element("p", "%,d images are labelled, %,d of them melanoma.".formatted(labelled, metrics.positives()));
        quality.curves(html);
        quality.thresholds(html, settings.thresholds());
        History history = new History(chosen);
        history.runs(html);
        history.volumes(html);
        history.drift(html);
        history.rejects(html);
        new Examples(run.hadoop(), settings, chosen, predictions).show(html, labelled > 0);
        return html.raw("</html>").toString();
    }

    private static String css() throws IOException {
        try (InputStream in = ReportJob.class.getClassLoader().getResourceAsStream("report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
