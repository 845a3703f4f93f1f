package org.attnvgg.spark.score;

import static org.apache.spark.sql.functions.col;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.sql.Row;
import org.attnvgg.spark.config.RepairSettings;
import org.attnvgg.spark.config.SettingsException;
import org.attnvgg.spark.config.TableLocation;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.table.Damage;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.attnvgg.spark.table.StoreCheck;

/**
 * {@code repair}: says which runs in the tables are damaged, or moves one that is named out of the tables, so that {@code
 * rescore} takes its images as new. It deletes nothing.
 */
public final class RepairJob {

    private final JobContext run;
    private final RepairSettings settings;
    private final TableLocation tables;

    /** The job of that run. */
    public RepairJob(JobContext run) {
        this.run = run;
        settings = run.settings().as(RepairSettings.class);
        tables = settings.of().location();
    }

    /** Runs the job. */
    public void run() {
        Optional<String> runId = settings.run();
        if (runId.isPresent() && !ScoreTables.isRunId(runId.get())) {
            throw new SettingsException("repair.run = " + runId.get() + ": must be the run_id of a run");
        }
        ScoreStore store = ScoreStores.open(run.spark(), tables);
        run.describe("repair", "hold the tables' rows against what runs say");
        requireTables(store);
        if (runId.isEmpty()) {
            list(store.damages());
            return;
        }
        String own = "repair-" + UUID.randomUUID();
        try (RunLock lock =
                RunLock.take(store.folder(), run.hadoop(), own, settings.of().lockTimeout())) {
            List<Damage> damages = store.damages();
            lock.requireHeld();
            setAside(store, damages, runId.get());
        }
    }

    /** The lock would make a folder where there is none. */
    private void requireTables(ScoreStore store) {
        if (!store.exists() && store.damages().isEmpty()) {
            throw new JobException(tables + ": there are no tables there");
        }
    }

    private void list(List<Damage> damages) {
        damages.forEach(damage -> Console.line("%s", StoreCheck.sentence(damage, tables)));
        Console.line(
                damages.isEmpty()
                        ? "nothing is damaged in %s"
                        : "%2$,d things are damaged in %1$s; nothing was changed",
                tables.value(),
                damages.size());
    }

    private void setAside(ScoreStore store, List<Damage> damages, String runId) {
        List<Damage> ofRun =
                damages.stream().filter(damage -> runId.equals(damage.runId())).toList();
        ofRun.forEach(damage -> Console.line("%s", damage.what()));
        boolean readable = damages.stream().noneMatch(damage -> damage.kind() == Damage.Kind.UNREADABLE_RUN);
        Optional<Long> images = readable ? images(store, runId) : Optional.empty();
        String kept = store.setAside(runId);
        if (ofRun.isEmpty()) {
            Console.line("the counts of run %s were right; it was set aside because it was named", runId);
        }
        Console.line("run %s is set aside: %s", runId, kept);
        Console.line(
                images.isPresent()
                        ? "%,d images are new again: the next rescore scores them"
                        : "its images are new again",
                images.orElse(0L));
    }

    /** How many the run says that it wrote; unknown if its row is lost. */
    private static Optional<Long> images(ScoreStore store, String runId) {
        List<Row> rows = store.read(ScoreTables.RUNS)
                .filter(col(ScoreTables.RUN_ID).equalTo(runId))
                .collectAsList();
        return rows.stream().findFirst().map(row -> row.<Long>getAs("planned"));
    }
}
