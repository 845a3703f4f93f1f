package org.attnvgg.spark.sql;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.table.ScoreTables;

/** The score tables by their names, with the committed rows only, and views of them that answer common questions. */
public final class ScoreViews {

    private ScoreViews() {}

    /**
     * A view.
     *
     * @param text what a row is
     * @param query of tables and of views before it
     */
    record View(String text, String query) {}

    /** The views on top of the tables, by name, each after those that it reads. */
    static Map<String, View> views() {
        Map<String, View> views = new LinkedHashMap<>();
        views.put(
                "latest_predictions",
                new View("One row per image: its newest score by the newest model.", """
                SELECT %s FROM (
                  SELECT *, row_number() OVER (PARTITION BY image_uri ORDER BY model_version DESC, scored_at DESC) AS place
                  FROM predictions)
                WHERE place = 1""".formatted(String.join(
                        ", ", ScoreTables.schema(ScoreTables.PREDICTIONS).fieldNames()))));
        views.put(
                "score_drift",
                new View("One row for each score that follows another of the same image: both and the change.", """
                SELECT image_id, image_uri, previous_model_version, model_version, previous_scored_at, scored_at,
                  previous_probability, probability, probability - previous_probability AS change,
                  content_sha256 <> previous_sha256 AS image_changed, content_sha256 <> previous_sha256 AS picture_changed
                FROM (
                  SELECT *,
                    lag(model_version) OVER scores AS previous_model_version,
                    lag(scored_at) OVER scores AS previous_scored_at,
                    lag(probability) OVER scores AS previous_probability,
                    lag(content_sha256) OVER scores AS previous_sha256
                  FROM predictions
                  WINDOW scores AS (PARTITION BY image_uri ORDER BY scored_at))
                WHERE previous_scored_at IS NOT NULL"""));
        views.put("score_drift_summary", new View("The changes by pair of models and day.", """
                SELECT previous_model_version, model_version, to_date(scored_at) AS score_date, count(*) AS images,
                  avg(change) AS mean_change, avg(abs(change)) AS mean_absolute_change, max(abs(change)) AS greatest_change,
                  count_if((probability >= 0.5) <> (previous_probability >= 0.5)) AS crossed_one_half
                FROM score_drift
                GROUP BY previous_model_version, model_version, to_date(scored_at)"""));
        views.put("reject_summary", new View("Rejected images by reason and day.", """
                SELECT reason, to_date(rejected_at) AS reject_date, count(*) AS rejects, count(DISTINCT image_uri) AS images,
                  max(attempt) AS most_attempts, min(image_id) AS example
                FROM rejects
                GROUP BY reason, to_date(rejected_at)"""));
        views.put("run_history", new View("One row per run with its duration and share of rejects.", """
                SELECT run_id, status, model_version, started_at, finished_at,
                  unix_millis(finished_at) / 1000 - unix_millis(started_at) / 1000 AS seconds,
                  planned, scored, rejected, rejected / planned AS rejected_share, images_per_second
                FROM runs"""));
        return views;
    }

    /** Makes them known to a session, on top of these tables of its own. */
    public static void register(SparkSession spark, Function<String, Dataset<Row>> tables) {
        ScoreTables.NAMES.forEach(table -> tables.apply(table).createOrReplaceTempView(table));
        views().forEach((name, view) -> spark.sql(view.query).createOrReplaceTempView(name));
    }

    /** All names, tables first. */
    static List<String> names() {
        List<String> names = new java.util.ArrayList<>(ScoreTables.NAMES);
        names.addAll(views().keySet());
        return names;
    }
}
