package org.attnvgg.spark.score;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.attnvgg.spark.config.ScoringSettings;
import org.attnvgg.spark.job.BusyException;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.Together;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreTables;

/** Adds a run to the score tables: its rows, which are counted once more where they are stored, and last the run itself. */
public final class RunTables {

    /** Status of a run of which only the rejects were kept. */
    static final String TOO_MANY_REJECTS = "too-many-rejects";

    /** Of fewer images a share says nothing: one bad one of three is no sign of a broken archive. */
    private static final int FRACTION_COUNTS_FROM = 20;

    /** Rows of a file of about 128 MiB. */
    private static final int PREDICTIONS_PER_FILE = 2_000_000;

    private static final int MAPS_PER_FILE = 40_000;

    private final JobContext run;
    private final ScoringSettings scoring;
    private final Map<String, String> settings;
    private final ScoreStore store;

    /** Adds to that store a run with these settings, all of which its row shows. */
    public RunTables(JobContext run, ScoringSettings scoring, Map<String, String> settings, ScoreStore store) {
        this.run = run;
        this.scoring = scoring;
        this.settings = settings;
        this.store = store;
    }

    /**
     * Writes and commits.
     *
     * @param mayWrite called before the first row is written, and once more when all rows are there and nobody sees them yet;
     *     if it throws, nobody will
     * @return false if there were too many rejects: then only these and the run were written
     * @throws JobException if rows are missing; nothing is visible then
     */
    public boolean write(ScoredRows scored, long planned, Instant started, Runnable mayWrite) {
        if (scored.scored() + scored.rejected() != planned) {
            throw new JobException("%,d scored and %,d rejected images, but %,d were planned; nothing was published"
                    .formatted(scored.scored(), scored.rejected(), planned));
        }
        boolean complete =
                planned < FRACTION_COUNTS_FROM || scored.newlyRejected() <= scoring.maxRejectFraction() * planned;
        String runId = scored.rows().runId();
        mayWrite.run();
        store.begin(runId);
        Together.run(
                () -> append(ScoreTables.PREDICTIONS, scored, complete ? scored.scored() : 0, PREDICTIONS_PER_FILE),
                () -> append(ScoreTables.ATTENTION, scored, complete ? scored.scored() : 0, MAPS_PER_FILE),
                () -> append(ScoreTables.REJECTS, scored, scored.rejected(), PREDICTIONS_PER_FILE));
        try {
            mayWrite.run();
        } catch (BusyException e) {
            store.begin(runId); // who took over may have cleared this run away before its last rows were there
            throw e;
        }
        run.describe("score", "commit the run");
        store.commit(row(scored, complete ? ScoreTables.COMPLETE : TOO_MANY_REJECTS, planned, started));
        return complete;
    }

    private void append(String table, ScoredRows scored, long rows, int rowsPerFile) {
        if (rows > 0) {
            run.describe("score", "write " + table);
            store.append(table, scored.table(table), Math.toIntExact(1 + rows / rowsPerFile));
        }
        long there = store.count(table, scored.rows().runId());
        if (there != rows) {
            throw new JobException("%,d rows of %s were stored, but %,d were to be; nothing was published"
                    .formatted(there, table, rows));
        }
    }

    private Row row(ScoredRows scored, String status, long planned, Instant started) {
        ScoreRows rows = scored.rows();
        return RowFactory.create(
                rows.runId(),
                status,
                Timestamp.from(started),
                Timestamp.from(Instant.now()),
                rows.modelId(),
                rows.modelVersion(),
                rows.preprocessId(),
                planned,
                scored.scored(),
                scored.rejected(),
                planned / scored.seconds(),
                settings,
                ScoreTables.VERSION);
    }

    /** Says how many were scored and how quickly, and what was rejected. */
    public static void print(ScoredRows scored, long planned) {
        scored.rejects().forEach((reason, count) -> Console.line("rejected %,8d images: %s", count, reason));
        Console.line(
                "scored %,d images, rejected %,d, %.2f images/s in %.1f s",
                scored.scored(), scored.rejected(), planned / scored.seconds(), scored.seconds());
    }

    /** Why a run of which only the rejects were kept is a failed one. */
    public static JobException tooManyRejects(ScoredRows scored, long planned, ScoringSettings settings, String where) {
        return new JobException(
                "%,d of %,d images were rejected, more than score.max-reject-fraction = %s allows: nothing but"
                                .formatted(scored.newlyRejected(), planned, settings.maxRejectFraction())
                        + " the rejects and the run was written, to " + where);
    }
}
