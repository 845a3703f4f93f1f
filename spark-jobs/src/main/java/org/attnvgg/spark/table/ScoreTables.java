package org.attnvgg.spark.table;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What {@code score} and {@code rescore} write. Columns and what they mean, with units, ranges and nulls, are in the resources
 * {@code tables/NAME.ddl}, which this reads.
 */
public final class ScoreTables {

    /** One row per scored image. */
    public static final String PREDICTIONS = "predictions";
    /** One row per scored image: its attention maps. */
    public static final String ATTENTION = "attention";
    /** One row per image that was not scored. */
    public static final String REJECTS = "rejects";
    /** One row per run. */
    public static final String RUNS = "runs";

    /** All of them. */
    public static final List<String> NAMES = List.of(PREDICTIONS, ATTENTION, REJECTS, RUNS);

    public static final String RUN_ID = "run_id";
    public static final String MODEL_VERSION = "model_version";
    public static final String SCORE_DATE = "score_date";
    public static final String STATUS = "status";

    /** Status of a run that scored what it was to score; the others have rejects only. */
    public static final String COMPLETE = "complete";

    /**
     * Of the columns. It goes up by one when columns are added; none is ever removed, renamed or given another type, and new
     * ones are null in older rows.
     */
    public static final int VERSION = 2;

    private static final Map<String, StructType> SCHEMAS =
            NAMES.stream().collect(Collectors.toMap(Function.identity(), ScoreTables::read));

    private ScoreTables() {}

    /** The columns of a table. */
    public static StructType schema(String table) {
        return SCHEMAS.get(table);
    }

    /** The columns of a table that are in its files: all but the partitions, which folders name. */
    static StructType storedColumns(String table) {
        return new StructType(Arrays.stream(schema(table).fields())
                .filter(column -> !partitions(table).contains(column.name()))
                .toArray(StructField[]::new));
    }

    private static StructType read(String table) {
        String resource = "/tables/" + table + ".ddl";
        try (InputStream in = ScoreTables.class.getResourceAsStream(resource)) {
            return StructType.fromDDL(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }

    /** Whether a text can be the id of a run: a UUID, or what else is safe as a file's name. */
    public static boolean isRunId(String text) {
        return text.matches("\\w[\\w.-]*");
    }

    /** The columns that a table is partitioned by, outermost first. */
    static List<String> partitions(String table) {
        return switch (table) {
            case PREDICTIONS, ATTENTION -> List.of(MODEL_VERSION, SCORE_DATE, RUN_ID);
            case REJECTS -> List.of(RUN_ID);
            default -> List.of();
        };
    }
}
