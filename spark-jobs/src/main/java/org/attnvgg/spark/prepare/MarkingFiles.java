package org.attnvgg.spark.prepare;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.from_csv;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.attnvgg.spark.config.PrepareSettings;
import org.attnvgg.spark.config.SettingsException;
import org.attnvgg.spark.job.JobException;

/**
 * Marking files, line by line: a record is a line, so a reject can show its own. Blank lines are no records. A byte order
 * mark and either kind of line end are taken off by Hadoop's line reader.
 */
final class MarkingFiles {

    static final String FILE = "file";
    static final String LINE_NUMBER = "line_number";
    static final String LINE = "line";
    static final String MALFORMED = "malformed";
    static final String ID = "id";
    static final String LABEL = "label";
    static final String GROUP = "group";

    private static final String CORRUPT = "_corrupt_record";

    private static final Map<String, String> CSV =
            Map.of("mode", "PERMISSIVE", "escape", "\"", "columnNameOfCorruptRecord", CORRUPT);

    private final SparkSession spark;
    private final PrepareSettings settings;

    MarkingFiles(SparkSession spark, PrepareSettings settings) {
        this.spark = spark;
        this.settings = settings;
    }

    /** All records: file, line_number, line, malformed, id, label, group; texts are trimmed, blanks are null. */
    Dataset<Row> records() {
        Dataset<Row> all = null;
        for (String path : settings.marking()) {
            Dataset<Row> records = records(path);
            all = all == null ? records : all.unionByName(records);
        }
        return all;
    }

    private Dataset<Row> records(String path) {
        Dataset<Row> lines = numbered(path);
        List<String> header = header(path, lines);
        StructType schema = new StructType();
        for (String column : header) {
            schema = schema.add(column, DataTypes.StringType);
        }
        schema = schema.add(CORRUPT, DataTypes.StringType);
        Column csv = from_csv(col(LINE), lit(schema.toDDL()), CSV);
        Column group = settings.groupColumn()
                .map(name -> text(field(header, path, "prepare.group-column", name)))
                .orElse(lit(null).cast("string"));
        return lines.filter(col(LINE_NUMBER).gt(1).and(trim(col(LINE)).notEqual("")))
                .withColumn("csv", csv)
                .select(
                        col(FILE),
                        col(LINE_NUMBER),
                        col(LINE),
                        csvField(CORRUPT).isNotNull().as(MALFORMED),
                        text(idColumn(header, path)).as(ID),
                        text(field(header, path, "prepare.target-column", settings.targetColumn()))
                                .as(LABEL),
                        group.as(GROUP));
    }

    /** A file's lines with their numbers, whatever splits Spark reads it in. */
    private Dataset<Row> numbered(String path) {
        try {
            return spark.read()
                    .text(path)
                    .select(
                            col("value").as(LINE),
                            col("_metadata.file_path").as(FILE),
                            col("_metadata.file_block_start").as("block"))
                    .withColumn("order", monotonically_increasing_id())
                    .withColumn(
                            LINE_NUMBER,
                            row_number().over(Window.partitionBy(FILE).orderBy(col("block"), col("order"))))
                    .drop("block", "order");
        } catch (Exception e) { // Spark also throws what it does not declare
            String reason = e instanceof AnalysisException analysis ? analysis.getSimpleMessage() : e.getMessage();
            throw new JobException("prepare.marking = " + path + ": cannot be read: " + reason, e);
        }
    }

    private List<String> header(String path, Dataset<Row> lines) {
        List<Row> first = lines.filter(col(LINE_NUMBER).equalTo(1)).select(LINE).takeAsList(1);
        if (first.isEmpty()) {
            throw new JobException("prepare.marking = " + path + ": an empty file; expected a header line");
        }
        List<String> names = new ArrayList<>();
        for (String name : first.get(0).getString(0).split(",", -1)) {
            String bare = name.strip().replaceAll("^\"|\"$", "");
            // Columns without a name, or with one twice, are kept apart by their position.
            names.add(bare.isEmpty() || names.contains(bare) ? "_column" + names.size() : bare);
        }
        return names;
    }

    private Column idColumn(List<String> header, String path) {
        Optional<String> chosen = settings.idColumn();
        if (chosen.isPresent()) {
            return field(header, path, "prepare.id-column", chosen.get());
        }
        for (String name : List.of("image_id", "image_name")) {
            if (header.contains(name)) {
                return csvField(name);
            }
        }
        throw new SettingsException("prepare.id-column = none: " + path + " has neither image_id nor image_name, but "
                + String.join(", ", header));
    }

    private static Column field(List<String> header, String path, String key, String name) {
        if (!header.contains(name)) {
            throw new SettingsException(
                    key + " = " + name + ": " + path + " has no such column, but " + String.join(", ", header));
        }
        return csvField(name);
    }

    private static Column csvField(String name) {
        return col("csv").getField(name);
    }

    private static Column text(Column column) {
        Column trimmed = trim(column);
        return when(trimmed.notEqual(""), trimmed);
    }
}
