package org.attnvgg.spark.table;

import static org.apache.spark.sql.functions.col;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.job.FileAccess;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.table.Footers.RunRow;

/**
 * Apache Iceberg: four tables of one namespace in a catalog of Spark's. Every append is atomic on any storage; that a run is
 * visible whole or not at all is still due to its row of runs, which comes last.
 */
final class IcebergStore implements ScoreStore {

    private final SparkSession spark;
    private final IcebergTables tables;

    IcebergStore(IcebergTables tables) {
        this.tables = tables;
        spark = tables.spark();
    }

    @Override
    public boolean exists() {
        return tables.exist();
    }

    @Override
    public void create() {
        tables.create();
    }

    @Override
    public String folder() {
        return tables.folder();
    }

    @Override
    public Dataset<Row> read(String table) {
        if (!exists()) {
            return spark.createDataFrame(List.of(), ScoreTables.schema(table));
        }
        Dataset<Row> rows = tables.rows(table);
        if (table.equals(ScoreTables.RUNS)) {
            return rows;
        }
        Dataset<Row> committed =
                tables.rows(ScoreTables.RUNS).select(col(ScoreTables.RUN_ID).as("committed"));
        return rows.join(committed, col(ScoreTables.RUN_ID).equalTo(col("committed")), "left_semi");
    }

    /** It lies beside the lock. */
    private Journal journal() {
        Path folder = new Path(folder());
        return FileAccess.call(
                folder.toString(),
                () -> new Journal(folder.getFileSystem(spark.sparkContext().hadoopConfiguration()), folder));
    }

    @Override
    public void begin(String runId) {
        FileAccess.run("noting that run " + runId + " begins", () -> journal().begin(runId));
    }

    private void end(String runId) {
        FileAccess.run("noting that run " + runId + " is over", () -> journal().end(runId));
    }

    private Set<String> unfinished() {
        return FileAccess.call(
                "reading which runs are unfinished", () -> journal().names());
    }

    @Override
    public void append(String table, Dataset<Row> rows, int files) {
        tables.append(table, rows.coalesce(files));
    }

    @Override
    public long count(String table, String runId) {
        return tables.rows(table).filter(col(ScoreTables.RUN_ID).equalTo(runId)).count();
    }

    @Override
    public void commit(Row run) {
        tables.append(ScoreTables.RUNS, spark.createDataFrame(List.of(run), ScoreTables.schema(ScoreTables.RUNS)));
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
        Set<String> committed = ids(runs());
        Set<String> withRows = tables.counts().runs();
        for (String runId : unfinished) {
            if (withRows.contains(runId) && !committed.contains(runId)) {
                PARTS.forEach(table -> tables.delete(table, runId));
                cleared.add(runId);
            } else {
                end(runId);
            }
        }
        return cleared;
    }

    /** Iceberg's snapshots keep what was deleted, until they expire. */
    @Override
    public void dropRemoved(Duration time) {}

    @Override
    public List<Damage> damages() {
        if (!exists()) {
            return List.of();
        }
        List<RunRow> runs = runs();
        RunCounts counts = tables.counts();
        List<Damage> damages = new ArrayList<>(counts.otherRows(runs, tables.namespace()));
        Set<String> known = unfinished();
        known.addAll(ids(runs())); // read again, as a run may have been committed meanwhile
        damages.addAll(counts.unknown(known, runId -> "row in " + tables.name(ScoreTables.RUNS)));
        return damages;
    }

    private List<RunRow> runs() {
        return tables
                .rows(ScoreTables.RUNS)
                .select(ScoreTables.RUN_ID, ScoreTables.STATUS, "scored", "rejected")
                .collectAsList()
                .stream()
                .map(row -> new RunRow(row.getString(0), row.getString(1), row.getLong(2), row.getLong(3)))
                .toList();
    }

    private static Set<String> ids(List<RunRow> runs) {
        return runs.stream().map(RunRow::runId).collect(Collectors.toSet());
    }

    /** Its row of runs is deleted first; what a kill leaves then is an unfinished run. */
    @Override
    public String setAside(String runId) {
        if (!ids(runs()).contains(runId) && !tables.counts().runs().contains(runId)) {
            throw new JobException("there is nothing of a run %s in %s".formatted(runId, tables.namespace()));
        }
        begin(runId);
        tables.delete(ScoreTables.RUNS, runId);
        PARTS.forEach(table -> tables.delete(table, runId));
        end(runId);
        return "its rows were deleted, and are in earlier snapshots of the tables until these expire";
    }
}
