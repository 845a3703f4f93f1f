package org.attnvgg.spark.table;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.attnvgg.spark.job.JobException;

/** Moves runs out of Parquet tables: those that the journal names as unfinished, and those that somebody names. */
final class RunRemoval {

    /** Where Hadoop's own committer keeps files that are not there yet; the next job would take them for its own. */
    private static final String COMMITTERS_FILES = "_temporary";

    /** Where S3A's committer keeps notes of uploads that it has not finished. */
    private static final String COMMITTERS_NOTES = "__magic";

    private final ParquetLayout layout;
    private final Journal journal;
    private final RemovedRuns removed;

    RunRemoval(ParquetLayout layout, Journal journal) {
        this.layout = layout;
        this.journal = journal;
        removed = new RemovedRuns(layout.files(), layout.root());
    }

    /**
     * An entry of the journal goes when there is nothing of its run any more, and not before the next call: a run that was
     * taken for dead may have been about to write.
     */
    Set<String> clearUnfinished() throws IOException {
        Set<String> cleared = new TreeSet<>();
        for (String runId : journal.names()) {
            if (!layout.files().exists(layout.row(runId)) && takeParts(runId) > 0) {
                cleared.add(runId);
            } else {
                journal.end(runId);
            }
        }
        for (String table : ScoreStore.PARTS) {
            Path unfinished = new Path(layout.table(table), COMMITTERS_FILES);
            if (layout.files().exists(unfinished)) {
                removed.take("committers-files", unfinished);
            }
            layout.files().delete(new Path(layout.table(table), COMMITTERS_NOTES), true);
        }
        return cleared;
    }

    /** Moves a run's rows out of the tables, and a row of runs that was not moved in; returns how many things there were. */
    private int takeParts(String runId) throws IOException {
        int taken = 0;
        for (String table : ScoreStore.PARTS) {
            for (FileStatus folder : layout.folders(table, runId)) {
                removed.take(runId, folder.getPath());
                taken++;
            }
        }
        if (layout.files().exists(layout.staged(runId))) {
            removed.take(runId, layout.staged(runId));
            taken++;
        }
        return taken;
    }

    void dropOlderThan(Duration time) throws IOException {
        removed.dropOlderThan(time);
    }

    /** The row of runs goes first, so that no reader sees half of the run; what a kill leaves then is an unfinished run. */
    String setAside(String runId) throws IOException {
        boolean committed = layout.files().exists(layout.row(runId));
        journal.begin(runId);
        if (committed) {
            removed.take(runId, layout.row(runId));
        }
        int parts = takeParts(runId);
        journal.end(runId);
        if (parts == 0 && !committed) {
            throw new JobException("there is nothing of a run %s in %s".formatted(runId, layout.root()));
        }
        return "its files are in %s".formatted(removed.folder(runId));
    }
}
