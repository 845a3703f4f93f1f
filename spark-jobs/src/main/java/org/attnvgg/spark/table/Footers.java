package org.attnvgg.spark.table;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.Type;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.spark.table.TableFiles.Part;

/** What the footers of files say, and the rows of runs: read by the executors, many files a task. */
final class Footers {

    private static final int FILES_PER_TASK = 100;

    private Footers() {}

    /**
     * A file as it was found.
     *
     * @param problem why it cannot be part of its table, as the rest of a sentence that begins with its name; null if it can
     * @param runs its rows, if it is one of runs
     */
    record Footer(Part part, long rows, String problem, List<RunRow> runs) implements Serializable {

        private static final long serialVersionUID = 1;
    }

    /** What a run's row says that it wrote. */
    record RunRow(String runId, String status, long scored, long rejected) implements Serializable {

        private static final long serialVersionUID = 1;
    }

    /** Reads them all. */
    static List<Footer> read(SparkSession spark, List<Part> parts) {
        if (parts.isEmpty()) {
            return List.of();
        }
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        Broadcast<SerializableConfiguration> hadoop =
                context.broadcast(new SerializableConfiguration(Checksums.verified(context.hadoopConfiguration())));
        return new ArrayList<>(context.parallelize(parts, 1 + parts.size() / FILES_PER_TASK)
                .map(part -> read(part, hadoop.value().value()))
                .collect());
    }

    private static Footer read(Part part, Configuration hadoop) {
        if (part.bytes() == 0) {
            return new Footer(part, 0, "is empty", List.of());
        }
        Path path = new Path(part.path());
        FileStatus status = new FileStatus(part.bytes(), false, 1, 1, 0, path);
        try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromStatus(status, hadoop))) {
            Set<String> missing = missing(part.table(), reader.getFooter());
            return missing.isEmpty()
                    ? new Footer(
                            part,
                            reader.getRecordCount(),
                            null,
                            part.table().equals(ScoreTables.RUNS) ? runs(path, hadoop) : List.of())
                    : new Footer(part, 0, "has no column " + String.join(", ", missing), List.of());
        } catch (IOException | RuntimeException e) { // Parquet's readers throw either of what is no Parquet
            return new Footer(part, 0, "cannot be read (%s)".formatted(Checksums.reason(e)), List.of());
        }
    }

    /** Columns that every row of the table has and this file lacks. */
    private static Set<String> missing(String table, ParquetMetadata footer) {
        Set<String> there = footer.getFileMetaData().getSchema().getFields().stream()
                .map(Type::getName)
                .collect(Collectors.toSet());
        return Arrays.stream(ScoreTables.storedColumns(table).fields())
                .filter(column -> !column.nullable())
                .map(StructField::name)
                .filter(name -> !there.contains(name))
                .collect(Collectors.toSet());
    }

    private static List<RunRow> runs(Path file, Configuration hadoop) throws IOException {
        List<RunRow> runs = new ArrayList<>();
        try (ParquetReader<Group> reader = ParquetReader.builder(new GroupReadSupport(), file)
                .withConf(hadoop)
                .build()) {
            for (Group row = reader.read(); row != null; row = reader.read()) {
                runs.add(new RunRow(
                        row.getString(ScoreTables.RUN_ID, 0),
                        row.getString(ScoreTables.STATUS, 0),
                        row.getLong("scored", 0),
                        row.getLong("rejected", 0)));
            }
        }
        return runs;
    }
}
