package org.attnvgg.spark.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.attnvgg.spark.job.JobException;

/**
 * Where files of runs that are no part of the tables any more are kept for a while: {@code _removed/RUN_ID}, in it the paths
 * that they had in the tables. A note in the folder says when they came.
 */
final class RemovedRuns {

    static final String FOLDER = "_removed";

    /** Only a folder with this file is ever deleted. */
    private static final String NOTE = "_removed-at";

    private final FileSystem files;
    private final Path tables;

    /** Those of the tables in a folder. */
    RemovedRuns(FileSystem files, Path tables) {
        this.files = files;
        this.tables = files.makeQualified(tables);
    }

    /** Where a run's files are kept. */
    Path folder(String runId) {
        return new Path(new Path(tables, FOLDER), runId);
    }

    /**
     * Moves a file or folder of the tables out of them.
     *
     * @throws JobException if the store does not let it
     */
    void take(String runId, Path path) throws IOException {
        Path kept = folder(runId);
        note(kept);
        String name =
                tables.toUri().relativize(files.makeQualified(path).toUri()).getPath();
        Path target = new Path(kept, name);
        Path free = target;
        for (int i = 2; files.exists(free); i++) {
            free = target.suffix("." + i); // what a run that was killed here has moved already
        }
        files.mkdirs(free.getParent());
        if (!files.rename(path, free)) {
            throw new JobException("could not move %s to %s: is its folder writable? What was moved before stays there"
                    .formatted(path, free));
        }
    }

    private void note(Path kept) throws IOException {
        try (OutputStream out = files.create(new Path(kept, NOTE), true)) {
            out.write(Instant.now().toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Deletes for good what came longer ago. */
    void dropOlderThan(Duration time) throws IOException {
        FileStatus[] kept;
        try {
            kept = files.listStatus(new Path(tables, FOLDER));
        } catch (FileNotFoundException e) {
            return; // nothing was ever removed
        }
        for (FileStatus folder : kept) {
            Path note = new Path(folder.getPath(), NOTE);
            if (files.exists(note)
                    && files.getFileStatus(note).getModificationTime()
                            < Instant.now().minus(time).toEpochMilli()) {
                files.delete(folder.getPath(), true);
            }
        }
    }
}
