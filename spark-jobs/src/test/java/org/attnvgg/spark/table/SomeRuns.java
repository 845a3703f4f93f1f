package org.attnvgg.spark.table;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Date;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.attnvgg.spark.it.LocalSpark;

/** Score tables in a folder, with runs of made-up rows: four images that were scored and one that was rejected. */
record SomeRuns(Path folder) {

    static final int SCORED = 4;
    static final int REJECTED = 1;

    static SparkSession spark() {
        return LocalSpark.session();
    }

    ScoreStore store() {
        return new ParquetStore(spark(), folder.toString());
    }

    /** A whole run. */
    SomeRuns with(String runId) {
        begin(runId);
        store().commit(run(runId, SCORED, REJECTED));
        return this;
    }

    /** The same without its end. */
    SomeRuns begin(String runId) {
        store().begin(runId);
        append(runId);
        return this;
    }

    /** Rows alone, as an older version of the program left them when it was killed. */
    void append(String runId) {
        store().append(ScoreTables.PREDICTIONS, rows(ScoreTables.PREDICTIONS, runId, SCORED), 1);
        store().append(ScoreTables.ATTENTION, rows(ScoreTables.ATTENTION, runId, SCORED), 1);
        store().append(ScoreTables.REJECTS, rows(ScoreTables.REJECTS, runId, REJECTED), 1);
    }

    static Row run(String runId, long scored, long rejected) {
        return row(
                ScoreTables.schema(ScoreTables.RUNS),
                Map.of(
                        ScoreTables.RUN_ID,
                        runId,
                        ScoreTables.STATUS,
                        ScoreTables.COMPLETE,
                        "scored",
                        scored,
                        "rejected",
                        rejected,
                        "planned",
                        scored + rejected));
    }

    static Dataset<Row> rows(String table, String runId, int count) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(row(
                    ScoreTables.schema(table), Map.of(ScoreTables.RUN_ID, runId, "image_uri", runId + "/image" + i)));
        }
        return spark().createDataFrame(rows, ScoreTables.schema(table));
    }

    private static Row row(StructType schema, Map<String, Object> known) {
        Object[] values = new Object[schema.size()];
        for (StructField field : schema.fields()) {
            values[schema.fieldIndex(field.name())] = known.getOrDefault(field.name(), any(field));
        }
        return RowFactory.create(values);
    }

    private static Object any(StructField field) {
        return switch (field.dataType().typeName()) {
            case "string" -> "some " + field.name();
            case "integer" -> 3;
            case "long" -> 5L;
            case "float" -> 0.25f;
            case "double" -> 0.5;
            case "date" -> Date.valueOf("2026-03-31");
            case "timestamp" -> new Timestamp(1_000_000_000_000L);
            case "map" -> Map.of("key", "value");
            case "array" -> List.of(0.25f, 0.5f, 0.75f, 1f);
            default -> throw new IllegalArgumentException(field.toString());
        };
    }

    /** The one data file of a run in a table. */
    Path file(String table, String runId) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(table))) {
            return files.filter(path -> path.toString().contains(runId))
                    .filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The checksum file that Hadoop keeps beside it. */
    static Path checksum(Path file) {
        return file.resolveSibling("." + file.getFileName() + ".crc");
    }

    /** Files whose paths have that in them, checksum files apart. */
    List<Path> named(String part) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(path -> folder.relativize(path).toString().contains(part))
                    .filter(path -> !path.toString().endsWith(".crc"))
                    .toList();
        }
    }
}
