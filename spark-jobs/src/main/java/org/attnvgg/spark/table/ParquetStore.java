package org.attnvgg.spark.table;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.attnvgg.spark.job.FileAccess;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.shim.SmallParquetFile;

/**
 * Plain Parquet: a folder for each table, in it folders for its partitions, the innermost {@code run_id=...}; a run's row of
 * runs is a file of its own, {@code runs/RUN_ID.parquet}, which appears at once. Any Parquet reader sees what was committed by
 * taking only rows whose run_id is in runs.
 */
final class ParquetStore implements ScoreStore {

    private final SparkSession spark;
    private final Path root;
    private final FileSystem files;
    private final Journal journal;
    private final ParquetLayout layout;
    private final RunRemoval removal;

    /** The tables in a folder, which need not be there yet. */
    ParquetStore(SparkSession spark, String folder) {
        this.spark = spark;
        Path path = new Path(folder);
        files = FileAccess.call(
                folder, () -> path.getFileSystem(spark.sparkContext().hadoopConfiguration()));
        root = files.makeQualified(path);
        journal = new Journal(files, root);
        layout = new ParquetLayout(files, root);
        removal = new RunRemoval(layout, journal);
    }

    @Override
    public boolean exists() {
        return exists(layout.table(ScoreTables.RUNS));
    }

    private boolean exists(Path path) {
        return FileAccess.call("looking for " + path, () -> files.exists(path));
    }

    @Override
    public Dataset<Row> read(String table) {
        Dataset<Row> rows = stored(table);
        if (table.equals(ScoreTables.RUNS)) {
            return rows;
        }
        Dataset<Row> committed = stored(ScoreTables.RUNS).select(ScoreTables.RUN_ID);
        return rows.join(committed, new String[] {ScoreTables.RUN_ID}, "left_semi")
                .select(columns(ScoreTables.schema(table)));
    }

    private Dataset<Row> stored(String table) {
        StructType schema = ScoreTables.schema(table);
        Path folder = layout.table(table);
        return exists(folder)
                ? spark.read()
                        .format(CheckedParquet.class.getName())
                        .schema(schema)
                        .load(folder.toString())
                        .select(columns(schema))
                : spark.createDataFrame(List.of(), schema);
    }

    private static Column[] columns(StructType schema) {
        return Arrays.stream(schema.fieldNames()).map(functions::col).toArray(Column[]::new);
    }

    @Override
    public void create() {} // a folder is made with the first file in it

    @Override
    public String folder() {
        return root.toString();
    }

    @Override
    public void begin(String runId) {
        FileAccess.run("noting in " + root + " that run " + runId + " begins", () -> journal.begin(runId));
    }

    @Override
    public void append(String table, Dataset<Row> rows, int fileCount) {
        rows.coalesce(fileCount)
                .write()
                .mode(SaveMode.Append)
                .partitionBy(ScoreTables.partitions(table).toArray(String[]::new))
                .parquet(layout.table(table).toString());
    }

    /** Adds up what the files' footers say. */
    @Override
    public long count(String table, String runId) {
        return FileAccess.call("counting the rows of run " + runId + " in " + table, () -> {
            long rows = 0;
            for (FileStatus file : layout.files(table, runId)) {
                try (ParquetFileReader reader =
                        ParquetFileReader.open(HadoopInputFile.fromStatus(file, files.getConf()))) {
                    rows += reader.getRecordCount();
                }
            }
            return rows;
        });
    }

    /**
     * Writes the row beside the table and moves its file in: on object stores too, one file appears whole or not at all. On
     * a local disk all that it makes visible is on the disk before.
     */
    @Override
    public void commit(Row run) {
        StructType schema = ScoreTables.schema(ScoreTables.RUNS);
        String runId = run.getString(schema.fieldIndex(ScoreTables.RUN_ID));
        Path staged = layout.staged(runId);
        FileAccess.run("publishing run " + runId + " in " + root, () -> {
            writeColumnsOfRejects(runId);
            syncParts(runId);
            SmallParquetFile.write(spark, staged, schema, List.of(run));
            DiskSync.file(files, staged);
            moveIn(staged, layout.row(runId));
            DiskSync.folders(files, layout.row(runId).getParent(), root);
            journal.end(runId);
        });
    }

    /** Where no run has rejected anything, readers of the table find a file with its columns and without rows. */
    private void writeColumnsOfRejects(String runId) throws IOException {
        if (layout.folders(ScoreTables.REJECTS, "*").length == 0) {
            StructType stored = ScoreTables.storedColumns(ScoreTables.REJECTS);
            SmallParquetFile.write(spark, layout.noRejects(runId), stored, List.of());
        }
    }

    private void syncParts(String runId) throws IOException {
        for (String table : PARTS) {
            for (FileStatus file : layout.files(table, runId)) {
                DiskSync.file(files, file.getPath());
                DiskSync.folders(files, file.getPath().getParent(), root);
            }
        }
    }

    private void moveIn(Path staged, Path target) throws IOException {
        files.mkdirs(target.getParent());
        if (!files.rename(staged, target)) {
            throw new JobException("could not write " + target + ": is its folder writable? Nothing was published");
        }
    }

    @Override
    public Set<String> clearUnfinished() {
        return FileAccess.call("clearing away what earlier runs left in " + root, removal::clearUnfinished);
    }

    @Override
    public void dropRemoved(Duration time) {
        FileAccess.run("deleting old runs in " + root + "/" + RemovedRuns.FOLDER, () -> removal.dropOlderThan(time));
    }

    @Override
    public List<Damage> damages() {
        return FileAccess.call(
                "looking at the files in " + root, () -> new ParquetCheck(spark, files, root, journal).damages());
    }

    @Override
    public String setAside(String runId) {
        return FileAccess.call("setting run " + runId + " in " + root + " aside", () -> removal.setAside(runId));
    }
}
