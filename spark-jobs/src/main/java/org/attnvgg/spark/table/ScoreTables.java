package org.attnvgg.spark.table;

import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What {@code score} writes, each table in its own folder under {@code score.out}. */
public final class ScoreTables {

    /** One row a scored picture, see {@link #PREDICTIONS_SCHEMA}. */
    public static final String PREDICTIONS = "predictions";
    /** One row a scored picture: its attention maps, see {@link #ATTENTION_SCHEMA}. */
    public static final String ATTENTION = "attention";
    /** One row a picture that was not scored, see {@link #REJECTS_SCHEMA}. */
    public static final String REJECTS = "rejects";
    /** One row a run, see {@link #RUNS_SCHEMA}. */
    public static final String RUNS = "runs";

    public static final String RUN_ID = "run_id";
    public static final String MODEL_VERSION = "model_version";
    public static final String SCORE_DATE = "score_date";

    /**
     * image_id; image_uri; content_sha256 in hexadecimal; bytes of the file; modified_at of the file; width and height in
     * pixels, after EXIF rotation; logit; probability of melanoma, the logit's sigmoid; label 0 or 1, null if not known;
     * model_id, the start of the weights' SHA-256; preprocess_id; run_id; scored_at; partitioned by model_version,
     * score_date and run_id.
     */
    public static final StructType PREDICTIONS_SCHEMA = new StructType()
            .add("image_id", DataTypes.StringType, false)
            .add("image_uri", DataTypes.StringType, false)
            .add("content_sha256", DataTypes.StringType, false)
            .add("bytes", DataTypes.LongType, false)
            .add("modified_at", DataTypes.TimestampType, false)
            .add("width", DataTypes.IntegerType, false)
            .add("height", DataTypes.IntegerType, false)
            .add("logit", DataTypes.FloatType, false)
            .add("probability", DataTypes.FloatType, false)
            .add("label", DataTypes.IntegerType, true)
            .add("model_id", DataTypes.StringType, false)
            .add("preprocess_id", DataTypes.StringType, false)
            .add(RUN_ID, DataTypes.StringType, false)
            .add("scored_at", DataTypes.TimestampType, false)
            .add(MODEL_VERSION, DataTypes.StringType, false)
            .add(SCORE_DATE, DataTypes.DateType, false);

    /**
     * The keys of a prediction; for each pool the map row by row with its height and width, and the columns of
     * {@link org.attnvgg.model.AttentionSummary}; partitioned as the predictions.
     */
    public static final StructType ATTENTION_SCHEMA = pool(
                    pool(
                            new StructType()
                                    .add("image_id", DataTypes.StringType, false)
                                    .add("image_uri", DataTypes.StringType, false)
                                    .add("content_sha256", DataTypes.StringType, false)
                                    .add("model_id", DataTypes.StringType, false)
                                    .add("preprocess_id", DataTypes.StringType, false)
                                    .add(RUN_ID, DataTypes.StringType, false),
                            "pool3"),
                    "pool4")
            .add(MODEL_VERSION, DataTypes.StringType, false)
            .add(SCORE_DATE, DataTypes.DateType, false);

    /**
     * image_id; image_uri; content_sha256, bytes and modified_at, null where the file could not be read; reason, one of
     * {@link org.attnvgg.image.RejectReason}; detail; attempt, from 1; model_id; preprocess_id; run_id; rejected_at; partitioned by
     * run_id.
     */
    public static final StructType REJECTS_SCHEMA = new StructType()
            .add("image_id", DataTypes.StringType, false)
            .add("image_uri", DataTypes.StringType, false)
            .add("content_sha256", DataTypes.StringType, true)
            .add("bytes", DataTypes.LongType, true)
            .add("modified_at", DataTypes.TimestampType, true)
            .add("reason", DataTypes.StringType, false)
            .add("detail", DataTypes.StringType, true)
            .add("attempt", DataTypes.IntegerType, false)
            .add("model_id", DataTypes.StringType, false)
            .add("preprocess_id", DataTypes.StringType, false)
            .add(RUN_ID, DataTypes.StringType, false)
            .add("rejected_at", DataTypes.TimestampType, false);

    /**
     * run_id; status, {@code complete} or {@code too-many-rejects}; started_at; finished_at; model_id; model_version;
     * preprocess_id; planned, scored and rejected pictures; images_per_second over the scoring stage; settings as
     * key = value.
     */
    public static final StructType RUNS_SCHEMA = new StructType()
            .add(RUN_ID, DataTypes.StringType, false)
            .add("status", DataTypes.StringType, false)
            .add("started_at", DataTypes.TimestampType, false)
            .add("finished_at", DataTypes.TimestampType, false)
            .add("model_id", DataTypes.StringType, false)
            .add("model_version", DataTypes.StringType, false)
            .add("preprocess_id", DataTypes.StringType, false)
            .add("planned", DataTypes.LongType, false)
            .add("scored", DataTypes.LongType, false)
            .add("rejected", DataTypes.LongType, false)
            .add("images_per_second", DataTypes.DoubleType, false)
            .add("settings", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType), false);

    private ScoreTables() {}

    /** The columns of a table. */
    public static StructType schema(String table) {
        return switch (table) {
            case PREDICTIONS -> PREDICTIONS_SCHEMA;
            case ATTENTION -> ATTENTION_SCHEMA;
            case REJECTS -> REJECTS_SCHEMA;
            case RUNS -> RUNS_SCHEMA;
            default -> throw new IllegalArgumentException("no table " + table);
        };
    }

    /** The columns that a table is partitioned by, outermost first. */
    static String[] partitions(String table) {
        return switch (table) {
            case PREDICTIONS, ATTENTION -> new String[] {MODEL_VERSION, SCORE_DATE, RUN_ID};
            case REJECTS -> new String[] {RUN_ID};
            default -> throw new IllegalArgumentException(table + " is not partitioned");
        };
    }

    private static StructType pool(StructType table, String pool) {
        return table.add(pool, DataTypes.createArrayType(DataTypes.FloatType, false), false)
                .add(pool + "_height", DataTypes.IntegerType, false)
                .add(pool + "_width", DataTypes.IntegerType, false)
                .add(pool + "_peak", DataTypes.FloatType, false)
                .add(pool + "_peak_x", DataTypes.FloatType, false)
                .add(pool + "_peak_y", DataTypes.FloatType, false)
                .add(pool + "_entropy", DataTypes.FloatType, false)
                .add(pool + "_centroid_x", DataTypes.FloatType, false)
                .add(pool + "_centroid_y", DataTypes.FloatType, false)
                .add(pool + "_area", DataTypes.FloatType, false);
    }
}
