package org.attnvgg.spark.report;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.col;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.attnvgg.spark.config.ReportSettings;
import org.attnvgg.spark.table.ScoreTables;

/** Images at the ends of the ranking, with their attention. */
final class Examples {

    private final ChosenRuns chosen;
    private final Dataset<Row> predictions;
    private final Figure figure;
    private final int count;

    /** Of predictions with one row per image. */
    Examples(Configuration hadoop, ReportSettings settings, ChosenRuns chosen, Dataset<Row> predictions) {
        this.chosen = chosen;
        this.predictions = predictions;
        count = settings.examples();
        List<Row> any =
                chosen.query("SELECT pool3_width FROM attention LIMIT 1").collectAsList();
        figure = new Figure(
                hadoop,
                settings.image().limits(),
                any.isEmpty() ? 32 : any.get(0).getInt(0) * 8);
    }

    void show(Html html, boolean labelled) {
        show(html, "Most malignant", predictions, col("logit").desc());
        show(html, "Most benign", predictions, col("logit").asc());
        if (labelled) {
            Column wrong = abs(col("probability").minus(col("label")));
            show(html, "Most wrong", predictions.filter(col("label").isNotNull()), wrong.desc());
        }
    }

    private void show(Html html, String title, Dataset<Row> rows, Column order) {
        Dataset<Row> first = rows.orderBy(order, col("image_uri"))
                .limit(count)
                .select("image_id", "image_uri", "label", "probability", "logit", ScoreTables.RUN_ID);
        Dataset<Row> maps = chosen.table(ScoreTables.ATTENTION)
                .drop("image_id", "content_sha256", "model_id", "preprocess_id", "model_version", "score_date");
        List<Row> withMaps = first.join(maps, new String[] {"image_uri", ScoreTables.RUN_ID}, "inner")
                .orderBy(order, col("image_uri"))
                .collectAsList();
        html.element("h2", title)
                .element("p", "As the network saw it; pool-3 attention; pool-4 attention (0.6 image + 0.4 jet).")
                .raw(figure.of(withMaps));
    }
}
