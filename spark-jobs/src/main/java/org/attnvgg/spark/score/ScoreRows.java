package org.attnvgg.spark.score;

import java.io.Serializable;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.attnvgg.image.JpegScale;
import org.attnvgg.image.Preprocessing;
import org.attnvgg.model.AttentionMap;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.modelfolder.ModelMetadata;
import org.attnvgg.spark.config.ScoringSettings;
import org.attnvgg.spark.data.LoadedImage;
import org.attnvgg.spark.table.ScoreTables;
import org.attnvgg.training.FocalLoss;

/**
 * Makes rows of the score tables. All that a task knows of an image is one row, in the columns of {@link #SCHEMA}; the
 * tables are projections of those.
 *
 * @param scoreDate of all rows of the run, also of those after midnight
 */
public record ScoreRows(
        String runId,
        String modelId,
        String modelVersion,
        String preprocessId,
        NetworkConfig network,
        LocalDate scoreDate)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** Every column of predictions, attention and rejects once, all nullable. */
    static final StructType SCHEMA = union(
            ScoreTables.schema(ScoreTables.PREDICTIONS),
            ScoreTables.schema(ScoreTables.ATTENTION),
            ScoreTables.schema(ScoreTables.REJECTS));

    /** Rows of a new run of that model, with those settings. */
    public static ScoreRows ofNewRun(ModelMetadata model, ScoringSettings settings) {
        return new ScoreRows(
                UUID.randomUUID().toString(),
                model.modelId(),
                model.modelVersion(),
                Preprocessing.id(model.network().imageSize(), scale(settings)),
                model.network(),
                LocalDate.now(ZoneOffset.UTC));
    }

    static JpegScale scale(ScoringSettings settings) {
        return settings.reducedScale() ? JpegScale.REDUCED : JpegScale.FULL;
    }

    private static StructType union(StructType... tables) {
        StructType all = new StructType();
        for (StructType table : tables) {
            for (StructField field : table.fields()) {
                if (!List.of(all.fieldNames()).contains(field.name())) {
                    all = all.add(field.name(), field.dataType(), true);
                }
            }
        }
        return all;
    }

    Row of(ScoredImage scored) {
        Object[] row = new Object[SCHEMA.size()];
        LoadedImage image = scored.image();
        Instant now = Instant.now();
        put(row, "image_id", image.ref().id());
        put(row, "image_uri", image.ref().uri());
        put(row, "label", image.ref().target());
        put(row, "model_id", modelId);
        put(row, "preprocess_id", preprocessId);
        put(row, "run_id", runId);
        put(row, ScoreTables.MODEL_VERSION, modelVersion);
        put(row, ScoreTables.SCORE_DATE, Date.valueOf(scoreDate));
        if (image.file() != null) {
            put(row, "bytes", image.file().bytes());
            put(row, "modified_at", new Timestamp(image.file().modifiedAtMillis()));
            put(row, "content_sha256", image.file().sha256());
        }
        if (image.accepted()) {
            put(row, "scored_at", Timestamp.from(now));
            prediction(row, scored);
        } else {
            put(row, "rejected_at", Timestamp.from(now));
            put(row, "reason", image.reason().toString());
            put(row, "detail", image.detail());
            put(row, "attempt", image.ref().attempt());
        }
        return RowFactory.create(row);
    }

    private void prediction(Object[] row, ScoredImage scored) {
        put(row, "width", scored.image().width());
        put(row, "height", scored.image().height());
        put(row, "logit", scored.logit());
        put(row, "probability", (float) FocalLoss.sigmoid(scored.logit()));
        pool(row, "pool3", scored.pool3(), network.pool3Size());
        pool(row, "pool4", scored.pool4(), network.pool4Size());
    }

    private static void pool(Object[] row, String pool, float[] values, int size) {
        AttentionMap map = new AttentionMap(values, size);
        AttentionMap.Point peak = map.center(map.peak());
        AttentionMap.Point centroid = map.centroid();
        put(row, pool, values);
        put(row, pool + "_height", size);
        put(row, pool + "_width", size);
        put(row, pool + "_peak", values[map.peak()]);
        put(row, pool + "_peak_x", (float) peak.x());
        put(row, pool + "_peak_y", (float) peak.y());
        put(row, pool + "_entropy", (float) map.entropy());
        put(row, pool + "_centroid_x", (float) centroid.x());
        put(row, pool + "_centroid_y", (float) centroid.y());
        put(row, pool + "_area", (float) map.area(0.5));
    }

    private static void put(Object[] row, String column, Object value) {
        row[SCHEMA.fieldIndex(column)] = value;
    }
}
