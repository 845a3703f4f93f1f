package org.attnvgg.spark.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;

/** The files that a reader of Parquet would take for parts of a table, and the runs that their paths name. */
final class TableFiles {

    private static final String PARQUET = ".parquet";

    private final FileSystem files;
    private final Path root;

    /** The files of the tables in a folder. */
    TableFiles(FileSystem files, Path root) {
        this.files = files;
        this.root = root;
    }

    /**
     * A file.
     *
     * @param name its path below the tables' folder
     * @param runId by its path; null if that names none
     */
    record Part(String table, String path, String name, long bytes, String runId) implements Serializable {

        private static final long serialVersionUID = 1;
    }

    /** All visible files of a table. */
    List<Part> of(String table) throws IOException {
        Path folder = new Path(root, table);
        List<Part> parts = new ArrayList<>();
        for (FileStatus file : below(folder)) {
            String name = relative(root, file.getPath());
            String[] path = relative(folder, file.getPath()).split("/");
            if (isVisible(path)) {
                parts.add(new Part(table, file.getPath().toString(), name, file.getLen(), runId(table, path)));
            }
        }
        return parts;
    }

    private static String relative(Path folder, Path file) {
        return folder.toUri().relativize(file.toUri()).getPath();
    }

    /** Files in folders below, too; on local disks folder by folder, since Hadoop's own way starts a process for each file. */
    private List<FileStatus> below(Path folder) throws IOException {
        List<FileStatus> found = new ArrayList<>();
        try {
            if (files instanceof LocalFileSystem || files instanceof RawLocalFileSystem) {
                for (FileStatus status : files.listStatus(folder)) {
                    if (status.isDirectory()) {
                        found.addAll(below(status.getPath()));
                    } else {
                        found.add(status);
                    }
                }
            } else {
                RemoteIterator<LocatedFileStatus> all = files.listFiles(folder, true);
                while (all.hasNext()) {
                    found.add(all.next());
                }
            }
        } catch (FileNotFoundException e) {
            return found; // no run has added to the table
        }
        return found;
    }

    /** Spark's rule: names that begin with a dot or an underscore are hidden, but for partitions. */
    private static boolean isVisible(String[] path) {
        for (String name : path) {
            if (name.startsWith(".") || (name.startsWith("_") && !name.contains("="))) {
                return false;
            }
        }
        return true;
    }

    private static String runId(String table, String[] path) {
        List<String> partitions = ScoreTables.partitions(table);
        String name = path[path.length - 1];
        if (path.length != partitions.size() + 1 || !name.endsWith(PARQUET)) {
            return null;
        }
        if (partitions.isEmpty()) {
            return valid(name.substring(0, name.length() - PARQUET.length()));
        }
        for (int i = 0; i < partitions.size(); i++) {
            if (!path[i].startsWith(partitions.get(i) + "=")) {
                return null;
            }
        }
        return valid(path[path.length - 2].substring((ScoreTables.RUN_ID + "=").length()));
    }

    private static String valid(String runId) {
        return ScoreTables.isRunId(runId) ? runId : null;
    }
}
