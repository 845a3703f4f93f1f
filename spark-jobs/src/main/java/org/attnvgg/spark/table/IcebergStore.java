package org.attnvgg.spark.table;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.types.StructType;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.table.Footers.RunRow;

/**
 * Apache Iceberg: four tables of one namespace in a catalog of Spark's. Every append is atomic on any storage; that a run is
 * visible whole or not at all is still due to its row of runs, which comes last. By SQL alone: Iceberg's jar is brought by who
 * wants it.
 */
final class IcebergStore implements ScoreStore {

    private final SparkSession spark;
    private final String namespace;

    /**
     * The tables of {@code CATALOG.NAMESPACE}.
     *
     * @param key the setting that named it, for the error
     * @throws JobException if Spark has no such catalog
     */
    IcebergStore(SparkSession spark, String key, String namespace) {
        this.spark = spark;
        this.namespace = namespace;
        String catalog = "spark.sql.catalog." + namespace.split("\\.", 2)[0];
        if (!namespace.matches("\\w+(\\.\\w+)+") || !spark.conf().contains(catalog)) {
            throw new JobException(("%s = %s with table.format = iceberg: expected CATALOG.NAMESPACE, of a catalog that"
                            + " spark.sql.catalog.CATALOG = org.apache.iceberg.spark.SparkCatalog sets up")
                    .formatted(key, namespace));
        }
        String implementation = spark.conf().get(catalog);
        try {
            Class.forName(implementation, false, Thread.currentThread().getContextClassLoader());
        } catch (ClassNotFoundException e) {
            throw new JobException(
                    "%s = %s: there is no class %s; build with ./mvnw -Piceberg -DskipTests package, or give Iceberg's runtime to"
                                    .formatted(catalog, implementation, implementation)
                            + " spark-submit by --packages",
                    e);
        }
    }

    private String name(String table) {
        return namespace + "." + table;
    }

    @Override
    public boolean exists() {
        return spark.catalog().tableExists(name(ScoreTables.RUNS));
    }

    @Override
    public void create() {
        spark.sql("CREATE NAMESPACE IF NOT EXISTS " + namespace);
        for (String table : ScoreTables.NAMES) {
            List<String> partitions = ScoreTables.partitions(table);
            spark.sql("CREATE TABLE IF NOT EXISTS %s (%s) USING iceberg %s TBLPROPERTIES (%s)"
                    .formatted(
                            name(table),
                            ScoreTables.schema(table).toDDL(),
                            partitions.isEmpty() ? "" : "PARTITIONED BY (" + String.join(", ", partitions) + ")",
                            "'format-version'='2', 'write.parquet.compression-codec'='zstd',"
                                    + " 'write.distribution-mode'='none'"));
            addColumns(table);
        }
    }

    /** Columns that the table, being older than this program, lacks. */
    private void addColumns(String table) {
        List<String> there = List.of(spark.table(name(table)).columns());
        String missing = Arrays.stream(ScoreTables.schema(table).fields())
                .filter(field -> !there.contains(field.name()))
                .map(field -> field.toDDL())
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            spark.sql("ALTER TABLE %s ADD COLUMNS (%s)".formatted(name(table), missing));
        }
    }

    @Override
    public String folder() {
        return spark.sql("DESCRIBE TABLE EXTENDED " + name(ScoreTables.RUNS))
                .filter(col("col_name").equalTo("Location"))
                .select("data_type")
                .head()
                .getString(0);
    }

    @Override
    public Dataset<Row> read(String table) {
        if (!exists()) {
            return spark.createDataFrame(List.of(), ScoreTables.schema(table));
        }
        Dataset<Row> rows = spark.table(name(table));
        if (table.equals(ScoreTables.RUNS)) {
            return rows;
        }
        Dataset<Row> committed = spark.table(name(ScoreTables.RUNS))
                .select(col(ScoreTables.RUN_ID).as("committed"));
        return rows.join(committed, col(ScoreTables.RUN_ID).equalTo(col("committed")), "left_semi");
    }

    @Override
    public void begin(String runId) {
        inJournal("noting that run " + runId + " begins", journal -> journal.begin(runId));
    }

    private interface JournalStep {
        void with(Journal journal) throws IOException;
    }

    /** The journal lies beside the lock. */
    private void inJournal(String what, JournalStep step) {
        Path folder = new Path(folder());
        try {
            step.with(new Journal(folder.getFileSystem(spark.sparkContext().hadoopConfiguration()), folder));
        } catch (IOException e) {
            throw new UncheckedIOException(what + " in " + folder, e);
        }
    }

    private Set<String> unfinished() {
        Set<String> names = new TreeSet<>();
        inJournal("reading which runs are unfinished", journal -> names.addAll(journal.names()));
        return names;
    }

    private void end(String runId) {
        inJournal("noting that run " + runId + " is over", journal -> journal.end(runId));
    }

    @Override
    public void append(String table, Dataset<Row> rows, int files) {
        StructType schema = ScoreTables.schema(table);
        // The rows' own schema allows nulls everywhere; the table does not.
        Dataset<Row> exact = spark.createDataFrame(rows.coalesce(files).javaRDD(), schema);
        try {
            exact.writeTo(name(table)).append();
        } catch (NoSuchTableException e) {
            throw new JobException("the table " + name(table) + " was removed while a run added to it", e);
        }
    }

    @Override
    public long count(String table, String runId) {
        return spark.table(name(table))
                .filter(col(ScoreTables.RUN_ID).equalTo(runId))
                .count();
    }

    @Override
    public void commit(Row run) {
        append(ScoreTables.RUNS, spark.createDataFrame(List.of(run), ScoreTables.schema(ScoreTables.RUNS)), 1);
        end(run.getString(ScoreTables.schema(ScoreTables.RUNS).fieldIndex(ScoreTables.RUN_ID)));
    }

    /** As with Parquet, an entry of the journal goes when there is nothing of its run any more. */
    @Override
    public Set<String> clearUnfinished() {
        Set<String> cleared = new TreeSet<>();
        Set<String> unfinished = unfinished();
        if (unfinished.isEmpty()) {
            return cleared;
        }
        Set<String> committed = runIds(spark.table(name(ScoreTables.RUNS)).select(ScoreTables.RUN_ID));
        RunCounts counts = counts();
        for (String runId : unfinished) {
            if (counts.runs().contains(runId) && !committed.contains(runId)) {
                deleteParts(runId);
                cleared.add(runId);
            } else {
                end(runId);
            }
        }
        return cleared;
    }

    private void deleteParts(String runId) {
        PARTS.forEach(table -> delete(table, runId));
    }

    private void delete(String table, String runId) {
        spark.sql("DELETE FROM %s WHERE %s = '%s'".formatted(name(table), ScoreTables.RUN_ID, runId));
    }

    /** Iceberg's snapshots keep what was deleted, until they expire. */
    @Override
    public void dropRemoved(Duration time) {}

    /** One row a partition, from Iceberg's metadata. */
    private RunCounts counts() {
        RunCounts counts = new RunCounts();
        for (String table : PARTS) {
            spark.table(name(table) + ".partitions")
                    .select(
                            col("partition." + ScoreTables.RUN_ID),
                            col("record_count").minus(col("position_delete_record_count")))
                    .collectAsList()
                    .forEach(row -> counts.add(row.getString(0), table, row.getLong(1)));
        }
        return counts;
    }

    @Override
    public List<Damage> damages() {
        List<Damage> damages = new ArrayList<>();
        if (!exists()) {
            return damages;
        }
        List<RunRow> runs = runs();
        RunCounts counts = counts();
        for (RunRow run : runs) {
            List<String> differences = counts.differences(run);
            if (!differences.isEmpty()) {
                damages.add(new Damage(
                        Damage.Kind.OTHER_ROWS,
                        run.runId(),
                        "run %s in %s has %s".formatted(run.runId(), namespace, String.join(", ", differences))));
            }
        }
        Set<String> known = unfinished();
        runs().forEach(run -> known.add(run.runId()));
        counts.runs().stream()
                .filter(runId -> !known.contains(runId))
                .forEach(runId -> damages.add(new Damage(
                        Damage.Kind.UNKNOWN_RUN,
                        runId,
                        ParquetCheck.unknown(runId, "row in " + name(ScoreTables.RUNS)))));
        return damages;
    }

    private List<RunRow> runs() {
        return spark
                .table(name(ScoreTables.RUNS))
                .select(ScoreTables.RUN_ID, ScoreTables.STATUS, "scored", "rejected")
                .collectAsList()
                .stream()
                .map(row -> new RunRow(row.getString(0), row.getString(1), row.getLong(2), row.getLong(3)))
                .toList();
    }

    /** Its row of runs is deleted first; what a kill leaves then is an unfinished run. */
    @Override
    public String setAside(String runId) {
        boolean committed = runs().stream().anyMatch(run -> run.runId().equals(runId));
        if (!committed && !counts().runs().contains(runId)) {
            throw new JobException("there is nothing of a run %s in %s".formatted(runId, namespace));
        }
        begin(runId);
        delete(ScoreTables.RUNS, runId);
        deleteParts(runId);
        end(runId);
        return "its rows were deleted, and are in earlier snapshots of the tables until these expire";
    }

    private static Set<String> runIds(Dataset<Row> rows) {
        return rows.collectAsList().stream()
                .map(row -> row.getString(0))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
