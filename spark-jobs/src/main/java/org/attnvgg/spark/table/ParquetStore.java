package org.attnvgg.spark.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
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
import org.attnvgg.spark.JobException;

/**
 * Plain Parquet: a folder for each table, in it folders for its partitions, the innermost {@code run_id=...}; a run's row of
 * runs is a file of its own, {@code runs/RUN_ID.parquet}, which appears at once. Any Parquet reader sees what was committed by
 * taking only rows whose run_id is in runs.
 */
final class ParquetStore implements ScoreStore {

    private static final String PARQUET = "parquet";
    private static final String PARTITION = ScoreTables.RUN_ID + "=";

    /** Before the name of a run's file that is not in its table yet. */
    private static final String STAGED = ".run-";

    /** Where committers keep files that are not there yet: Hadoop's own, and S3A's. */
    private static final List<String> COMMITTERS_WORK = List.of("_temporary", "__magic");

    private final SparkSession spark;
    private final Path root;
    private final FileSystem files;
    private final boolean splitFloats;

    /**
     * The tables in a folder, which need not be there yet.
     *
     * @param splitFloats whether {@link ScoreTables#FLOATS tables with floats} are added to as {@link ByteStreamSplit}; they are read
     *     either way
     */
    ParquetStore(SparkSession spark, String folder, boolean splitFloats) {
        this.spark = spark;
        this.splitFloats = splitFloats;
        try {
            Path path = new Path(folder);
            files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
            root = files.makeQualified(path);
        } catch (IOException e) {
            throw new UncheckedIOException(folder, e);
        }
    }

    @Override
    public boolean exists() {
        return exists(new Path(root, ScoreTables.RUNS));
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
        Path folder = new Path(root, table);
        return exists(folder)
                ? spark.read()
                        .format(readFormat(table))
                        .schema(schema)
                        .load(folder.toString())
                        .select(columns(schema))
                : spark.createDataFrame(List.of(), schema);
    }

    private static String readFormat(String table) {
        return ScoreTables.FLOATS.containsKey(table) ? ByteStreamSplit.class.getName() : PARQUET;
    }

    private String writeFormat(String table) {
        return splitFloats ? readFormat(table) : PARQUET;
    }

    private boolean exists(Path path) {
        try {
            return files.exists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("looking for " + path, e);
        }
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
    public void append(String table, Dataset<Row> rows, int fileCount) {
        rows.coalesce(fileCount)
                .write()
                .format(writeFormat(table))
                .mode(SaveMode.Append)
                .partitionBy(ScoreTables.partitions(table).toArray(String[]::new))
                .save(new Path(root, table).toString());
    }

    /** Adds up what the files' footers say. */
    @Override
    public long count(String table, String runId) {
        long rows = 0;
        try {
            for (FileStatus folder : runFolders(table, runId)) {
                for (FileStatus file : files.listStatus(
                        folder.getPath(), path -> path.getName().endsWith(".parquet"))) {
                    try (ParquetFileReader reader =
                            ParquetFileReader.open(HadoopInputFile.fromStatus(file, files.getConf()))) {
                        rows += reader.getRecordCount();
                    }
                }
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException("counting the rows of run " + runId + " in " + table, e);
        }
    }

    private FileStatus[] runFolders(String table, String runIds) throws IOException {
        String outer = "/*".repeat(ScoreTables.partitions(table).size() - 1);
        FileStatus[] found = files.globStatus(new Path(root, table + outer + "/" + PARTITION + runIds));
        return found == null ? new FileStatus[0] : found;
    }

    /** Writes the row beside the table and moves its file in: on object stores too, one file appears whole or not at all. */
    @Override
    public void commit(Row run) {
        StructType schema = ScoreTables.schema(ScoreTables.RUNS);
        String runId = run.getString(schema.fieldIndex(ScoreTables.RUN_ID));
        Path staged = new Path(root, STAGED + runId + ".parquet");
        Path runs = new Path(root, ScoreTables.RUNS);
        try {
            ParquetRow.write(spark, staged, schema, run);
            moveIn(staged, new Path(runs, runId + ".parquet"));
        } catch (IOException e) {
            throw new UncheckedIOException("publishing run " + runId + " in " + runs, e);
        }
    }

    private void moveIn(Path staged, Path target) throws IOException {
        files.mkdirs(target.getParent());
        if (!files.rename(staged, target)) {
            throw new JobException("could not write " + target + ": is its folder writable? Nothing was published");
        }
    }

    @Override
    public Set<String> removeUncommitted() {
        Set<String> committed = stored(ScoreTables.RUNS).select(ScoreTables.RUN_ID).collectAsList().stream()
                .map(row -> row.getString(0))
                .collect(Collectors.toSet());
        Set<String> removed = new TreeSet<>();
        try {
            for (String table : PARTS) {
                for (FileStatus folder : runFolders(table, "*")) {
                    String runId = folder.getPath().getName().substring(PARTITION.length());
                    if (!committed.contains(runId)) {
                        files.delete(folder.getPath(), true);
                        removed.add(runId);
                    }
                }
                for (String work : COMMITTERS_WORK) {
                    files.delete(new Path(root, table + "/" + work), true);
                }
            }
            FileStatus[] staged = files.globStatus(new Path(root, STAGED + "*"));
            for (FileStatus file : staged == null ? new FileStatus[0] : staged) {
                files.delete(file.getPath(), true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("removing what earlier runs left in " + root, e);
        }
        return removed;
    }
}
