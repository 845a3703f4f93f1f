package org.attnvgg.spark.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The runs that began to write and of which nobody has seen the end: one file each, named by its run, in a folder beside the
 * tables. Only rows of these runs may be cleared away. An entry is written before the run's first row and removed after its
 * commit; one object is enough, so that it works on object stores too.
 */
final class Journal {

    static final String FOLDER = "_unfinished";

    private final FileSystem files;
    private final Path folder;

    /** The journal of the tables in a folder. */
    Journal(FileSystem files, Path tables) {
        // An entry is its name, which needs no checksum file.
        this.files = files instanceof LocalFileSystem local ? local.getRaw() : files;
        folder = new Path(tables, FOLDER);
    }

    /** Names a run; that it is named already does no harm. */
    void begin(String runId) throws IOException {
        Path entry = new Path(folder, runId);
        try (OutputStream out = files.create(entry, true)) {
            out.write(runId.getBytes(StandardCharsets.UTF_8));
        }
        DiskSync.file(files, entry);
        DiskSync.folders(files, folder, folder.getParent());
    }

    /** Names a run no longer. */
    void end(String runId) throws IOException {
        files.delete(new Path(folder, runId), false);
        if (names().isEmpty()) {
            files.delete(folder, true);
        }
    }

    /** The runs that are named. */
    Set<String> names() throws IOException {
        Set<String> names = new TreeSet<>();
        try {
            for (FileStatus entry : files.listStatus(folder)) {
                String name = entry.getPath().getName();
                if (ScoreTables.isRunId(name)) {
                    names.add(name);
                }
            }
        } catch (FileNotFoundException e) {
            return names; // no run has begun
        }
        return names;
    }
}
