package org.attnvgg.spark.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;

/** What the runs did: one by one, day by day, how scores changed between them, and what was rejected when. */
final class History {

    /** Rows of a table of the page: the latest. */
    private static final int ROWS = 30;

    private final ChosenRuns chosen;

    History(ChosenRuns chosen) {
        this.chosen = chosen;
    }

    void runs(Html html) {
        html.element("h2", "Runs");
        table(html, """
                SELECT run_id AS run, model_version AS version, status, date_format(finished_at, 'yyyy-MM-dd HH:mm') AS finished,
                  planned, scored, rejected, round(images_per_second, 2) AS `images/s`
                FROM run_history ORDER BY finished_at DESC""");
    }

    void volumes(Html html) {
        List<Row> days = chosen.query("""
                SELECT to_date(started_at) AS day, sum(scored) AS scored, sum(rejected) AS rejected
                FROM runs GROUP BY 1 ORDER BY 1""").collectAsList();
        if (days.size() > 1) {
            html.raw(Html.image(
                    "image/png",
                    Plots.volumes(
                            days.stream().map(row -> row.get(0).toString()).toList(),
                            days.stream().map(row -> row.getLong(1)).toList(),
                            days.stream().map(row -> row.getLong(2)).toList()),
                    "images of each day"));
        }
    }

    void drift(Html html) {
        html.element("h2", "Drift").element("p", """
                Images that were scored more than once: how the probability changed from one time to the next, between model\
                 versions, or between nights if the version is the same and the image changed.""");
        table(html, """
                SELECT score_date AS day, previous_model_version AS `from version`, model_version AS `to version`, images,
                  round(mean_change, 4) AS `mean change`, round(mean_absolute_change, 4) AS `mean size of change`,
                  round(greatest_change, 4) AS greatest, crossed_one_half AS `crossed 0.5`
                FROM score_drift_summary ORDER BY score_date DESC, 2, 3""");
        html.element("p", "The days' scores, the latest of each image:");
        table(html, """
                SELECT score_date AS day, model_version AS version, count(*) AS images,
                  round(avg(probability), 4) AS `mean probability`,
                  round(approx_percentile(probability, 0.5), 4) AS median,
                  round(approx_percentile(probability, 0.9), 4) AS `90th percentile`
                FROM latest_predictions GROUP BY 1, 2 ORDER BY 1 DESC, 2""");
    }

    void rejects(Html html) {
        html.element("h2", "Rejected images");
        table(html, """
                SELECT reason, count(*) AS tries, count(DISTINCT image_uri) AS images, min(image_id) AS `for example`
                FROM rejects GROUP BY reason ORDER BY reason""");
        if (chosen.query("SELECT DISTINCT reject_date FROM reject_summary").count() > 1) {
            html.element("p", "By day:");
            table(html, """
                    SELECT reject_date AS day, reason, rejects AS tries, images
                    FROM reject_summary ORDER BY 1 DESC, 2""");
        }
    }

    /** The first rows of a query. */
    private void table(Html html, String query) {
        List<Row> rows = chosen.query(query).limit(ROWS + 1).collectAsList();
        if (rows.isEmpty()) {
            html.element("p", "None.");
            return;
        }
        html.table(
                Arrays.asList(rows.get(0).schema().fieldNames()),
                rows.stream().limit(ROWS).map(History::texts).toList());
        if (rows.size() > ROWS) {
            html.element("p", "And more: sql shows them all.");
        }
    }

    private static List<String> texts(Row row) {
        return IntStream.range(0, row.size())
                .mapToObj(i -> row.get(i) instanceof Long number
                        ? String.format(Locale.ROOT, "%,d", number)
                        : String.valueOf(row.get(i)))
                .toList();
    }
}
