package org.attnvgg.spark.report;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.spark.Console;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.Models;
import org.attnvgg.spark.OutputFolder;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.metrics.BinaryMetrics;
import org.attnvgg.spark.metrics.BinaryMetrics.Point;
import org.attnvgg.spark.metrics.BinaryMetrics.Scored;
import org.attnvgg.spark.table.ParquetStore;
import org.attnvgg.spark.table.ScoreTables;
import org.attnvgg.spark.table.Tables;

/** {@code report}: what a scoring run found, as one HTML page that needs nothing beside it. */
public final class ReportJob {

    private static final String PAGE = "index.html";

    private final JobRun run;
    private final SparkSession spark;
    private final Settings settings;

    /** The job of that run. */
    public ReportJob(JobRun run) {
        this.run = run;
        this.spark = run.spark();
        this.settings = run.settings();
    }

    /**
     * What a run wrote.
     *
     * @param page where
     * @param metrics over the labelled pictures
     */
    public record Result(String page, BinaryMetrics metrics) {}

    /** Runs the job. */
    public Result run() {
        run.describe("report", "report " + settings.string("report.predictions"));
        try (OutputFolder out = run.output("report.out", PAGE)) {
            String folder = scoreFolder();
            Dataset<Row> predictions = new ParquetStore(spark, folder)
                    .read(ScoreTables.PREDICTIONS)
                    .cache();
            BinaryMetrics metrics = metrics(predictions);
            String page = page(folder, predictions, metrics);
            Models.withLocalFolder(local -> {
                Files.writeString(local.resolve(PAGE), page);
                out.copyIn(local);
                return local;
            });
            predictions.unpersist();
            String where = out.publish() + "/" + PAGE;
            if (metrics.defined()) {
                Console.line(
                        "AUC %.4f, average precision %.4f over %,d labelled pictures",
                        metrics.rocAuc(), metrics.averagePrecision(), metrics.positives() + metrics.negatives());
            } else {
                Console.line("no AUC: the pictures are not labelled, or are of one class");
            }
            Console.line("report: %s", where);
            return new Result(where, metrics);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String scoreFolder() {
        String given = settings.string("report.predictions").replaceAll("/+$", "");
        String folder = given.endsWith("/" + ScoreTables.PREDICTIONS)
                ? given.substring(0, given.length() - ScoreTables.PREDICTIONS.length() - 1)
                : given;
        if (!Tables.existing(spark, folder + "/" + ScoreTables.PREDICTIONS)) {
            throw new JobException("report.predictions = " + given + ": no table " + ScoreTables.PREDICTIONS
                    + " there; expected what score wrote");
        }
        return folder;
    }

    private static BinaryMetrics metrics(Dataset<Row> predictions) {
        List<Scored> scored = new ArrayList<>();
        for (Row row : predictions
                .filter(col("label").isNotNull())
                .select("logit", "label")
                .collectAsList()) {
            scored.add(new Scored(row.getFloat(0), row.getInt(1)));
        }
        return BinaryMetrics.of(scored);
    }

    private String page(String folder, Dataset<Row> predictions, BinaryMetrics metrics) throws IOException {
        Row run = new ParquetStore(spark, folder)
                .read(ScoreTables.RUNS)
                .orderBy(col("finished_at").desc())
                .head();
        Html html = new Html();
        html.raw("<!DOCTYPE html><html lang=en><meta charset=utf-8><title>AttnVGG report</title><style>")
                .raw(css())
                .raw("</style>")
                .element("h1", "AttnVGG: " + run.<Long>getAs("scored") + " pictures scored");
        overview(html, run, metrics);
        plots(html, predictions, metrics);
        thresholds(html, metrics);
        rejects(html, folder);
        figures(html, folder, predictions, metrics);
        return html.raw("</html>").toString();
    }

    private static void overview(Html html, Row run, BinaryMetrics metrics) {
        html.raw("<div class=numbers>");
        number(html, "ROC AUC", metrics.rocAuc());
        number(html, "average precision", metrics.averagePrecision());
        html.raw("</div>");
        html.table(
                List.of("model", "version", "run", "scored", "rejected", "labelled", "melanoma among them", "finished"),
                List.of(List.of(
                        run.<String>getAs("model_id"),
                        run.<String>getAs("model_version"),
                        run.<String>getAs("run_id"),
                        run.<Long>getAs("scored").toString(),
                        run.<Long>getAs("rejected").toString(),
                        Long.toString(metrics.positives() + metrics.negatives()),
                        Long.toString(metrics.positives()),
                        run.getAs("finished_at").toString())));
    }

    private static void number(Html html, String name, Double value) {
        html.raw("<div>")
                .element("b", value == null ? "–" : String.format(Locale.ROOT, "%.4f", value))
                .element("span", name)
                .raw("</div>");
    }

    private static void plots(Html html, Dataset<Row> predictions, BinaryMetrics metrics) {
        html.element("h2", "Curves").raw("<div class=plots>");
        if (metrics.defined()) {
            html.raw(Html.image("image/png", Plots.roc(metrics), "ROC curve"));
            html.raw(Html.image("image/png", Plots.precisionRecall(metrics), "precision-recall curve"));
        }
        html.raw(Html.image(
                "image/png",
                Plots.histogram(
                        probabilities(predictions.filter(col("label").equalTo(0))),
                        probabilities(predictions.filter(col("label").equalTo(1))),
                        probabilities(predictions.filter(col("label").isNull()))),
                "histogram of scores"));
        html.raw("</div>");
    }

    private static List<Double> probabilities(Dataset<Row> rows) {
        return rows.select(col("probability").cast("double")).collectAsList().stream()
                .map(row -> row.getDouble(0))
                .toList();
    }

    private void thresholds(Html html, BinaryMetrics metrics) {
        if (!metrics.defined()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        for (String threshold : settings.strings("report.thresholds")) {
            double probability = Double.parseDouble(threshold);
            Point point = metrics.at(Math.log(probability / (1 - probability)));
            rows.add(List.of(
                    threshold,
                    percent(metrics.sensitivity(point)),
                    percent(metrics.specificity(point)),
                    Long.toString(point.truePositives()),
                    Long.toString(point.falsePositives())));
        }
        html.element("h2", "Thresholds")
                .table(
                        List.of("probability at least", "sensitivity", "specificity", "melanoma found", "false alarms"),
                        rows);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", share * 100);
    }

    private void rejects(Html html, String folder) {
        List<List<String>> rows = new ParquetStore(spark, folder)
                        .read(ScoreTables.REJECTS)
                        .groupBy("reason")
                        .agg(
                                org.apache.spark.sql.functions.count("*").as("count"),
                                org.apache.spark.sql.functions.min("image_id").as("example"))
                        .orderBy("reason")
                        .collectAsList()
                        .stream()
                        .map(row -> List.of(row.getString(0), Long.toString(row.getLong(1)), row.getString(2)))
                        .toList();
        html.element("h2", "Rejected pictures");
        if (rows.isEmpty()) {
            html.element("p", "None.");
        } else {
            html.table(List.of("reason", "pictures", "for example"), rows);
        }
    }

    private void figures(Html html, String folder, Dataset<Row> predictions, BinaryMetrics metrics) {
        Dataset<Row> attention = new ParquetStore(spark, folder).read(ScoreTables.ATTENTION);
        Dataset<Row> joined = predictions.join(
                attention.drop(
                        "image_id",
                        "content_sha256",
                        "model_id",
                        "preprocess_id",
                        "run_id",
                        "model_version",
                        "score_date"),
                "image_uri");
        int size = joined.isEmpty() ? 32 : joined.select("pool3_width").head().getInt(0) * 8;
        Figure figure = new Figure(
                run.hadoop(),
                new ImageLimits(settings.smallInteger("image.min-side"), settings.integer("image.max-pixels")),
                size);
        show(html, figure, "Most malignant", joined, col("logit").desc());
        show(html, figure, "Most benign", joined, col("logit").asc());
        if (metrics.positives() + metrics.negatives() > 0) {
            Column wrong = org.apache.spark.sql.functions.abs(col("probability").minus(col("label")));
            show(html, figure, "Most wrong", joined.filter(col("label").isNotNull()), wrong.desc());
        }
    }

    private void show(Html html, Figure figure, String title, Dataset<Row> rows, Column order) {
        List<Row> chosen = rows.orderBy(order, col("image_uri"))
                .limit(settings.smallInteger("report.examples"))
                .collectAsList();
        html.element("h2", title)
                .element("p", "As the network saw it; pool-3 attention; pool-4 attention (0.6 picture + 0.4 jet).")
                .raw(figure.of(chosen));
    }

    private static String css() throws IOException {
        try (InputStream in = ReportJob.class.getClassLoader().getResourceAsStream("report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
