package org.attnvgg.spark.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Where a run's files are in a folder of Parquet tables. */
record ParquetLayout(FileSystem files, Path root) {

    private static final String PARTITION = ScoreTables.RUN_ID + "=";

    /** Before the name of a run's file that is not in its table yet. */
    private static final String STAGED = ".run-";

    /** The folder of a table. */
    Path table(String table) {
        return new Path(root, table);
    }

    /** The file of a run's row of runs. */
    Path row(String runId) {
        return new Path(table(ScoreTables.RUNS), runId + ".parquet");
    }

    /** The same before it is in its table. */
    Path staged(String runId) {
        return new Path(root, STAGED + runId + ".parquet");
    }

    /** The file of a run that rejected nothing, where there are no rejects of earlier runs either. */
    Path noRejects(String runId) {
        return new Path(table(ScoreTables.REJECTS), PARTITION + runId + "/none.parquet");
    }

    /** The folders of a run's rows in a table. */
    FileStatus[] folders(String table, String runId) throws IOException {
        String outer = "/*".repeat(ScoreTables.partitions(table).size() - 1);
        FileStatus[] found = files.globStatus(new Path(root, table + outer + "/" + PARTITION + runId));
        return found == null ? new FileStatus[0] : found;
    }

    /** The files in them. */
    List<FileStatus> files(String table, String runId) throws IOException {
        List<FileStatus> found = new ArrayList<>();
        for (FileStatus folder : folders(table, runId)) {
            found.addAll(List.of(
                    files.listStatus(folder.getPath(), path -> path.getName().endsWith(".parquet"))));
        }
        return found;
    }
}
