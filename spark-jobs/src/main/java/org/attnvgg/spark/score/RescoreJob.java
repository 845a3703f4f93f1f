package org.attnvgg.spark.score;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.spark.config.RescoreSettings;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.data.ImageLister;
import org.attnvgg.spark.job.BusyException;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.ModelFolders;
import org.attnvgg.spark.job.StoppedException;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.attnvgg.spark.table.StoreCheck;

/**
 * {@code rescore}: scores what is new or changed in an archive and adds it to the tables, in portions. Each of them is a run,
 * visible whole or not at all. The job may be killed at any moment: the next one clears away what it left, and does what it
 * did not.
 */
public final class RescoreJob {

    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

    private final JobContext run;
    private final RescoreSettings settings;
    private final Instant started = Instant.now();
    private final Map<String, Object> summary = new LinkedHashMap<>();

    /** The job of that run. */
    public RescoreJob(JobContext run) {
        this.run = run;
        settings = run.settings().as(RescoreSettings.class);
    }

    /** Runs the job; its last line is a summary as JSON, also if it fails. */
    public void run() {
        summary.put("job", "rescore");
        summary.put("tables", settings.into().tables());
        summary.put("status", "failed"); // until it is known better
        try {
            summary.put("status", rescore());
        } catch (Exception e) { // Spark also throws what it does not declare
            if (e instanceof BusyException) {
                summary.put("status", "busy");
            } else if (e instanceof StoppedException) {
                summary.put("status", "stopped");
            }
            summary.put(
                    "message",
                    JobException.in(e).map(Exception.class::cast).orElse(e).getMessage());
            throw e;
        } finally {
            summary.put("seconds", Duration.between(started, Instant.now()).toMillis() / 1000.0);
            Console.line("%s", JSON.toJson(summary));
        }
    }

    private String rescore() {
        ModelFolder model = ModelFolders.read("score.model", settings.scoring().model(), run.hadoop());
        ScoreRows rows = ScoreRows.ofNewRun(model.description(), settings.scoring());
        ScoreStore store = ScoreStores.open(run.spark(), settings.into().location());
        summary.put("model_id", rows.modelId());
        summary.put("model_version", rows.modelVersion());
        if (settings.dryRun()) {
            requireSound(store);
            try (RescorePlan plan = plan(store, model, rows)) {
                plan.print();
                return "dry-run";
            }
        }
        store.create();
        try (RunLock lock = RunLock.take(
                store.folder(), run.hadoop(), rows.runId(), settings.into().lockTimeout())) {
            store.dropRemoved(settings.keepRemoved());
            store.clearUnfinished()
                    .forEach(id -> Console.line("cleared away what run %s left unfinished, into _removed", id));
            requireSound(store);
            try (RescorePlan plan = plan(store, model, rows)) {
                plan.print();
                RunTables tables = new RunTables(run, settings.scoring(), Settings.shown(settings), store);
                return plan.count() == 0
                        ? "nothing-to-do"
                        : new Portions(run, settings, model, tables, lock, summary).score(plan, rows, started);
            }
        }
    }

    private void requireSound(ScoreStore store) {
        run.describe("rescore", "hold the tables' rows against what runs say");
        StoreCheck.refuse(store.damages(), damage -> true, settings.into().location());
    }

    private RescorePlan plan(ScoreStore store, ModelFolder model, ScoreRows rows) {
        run.describe("rescore", "list the archive and compare it with the tables");
        Console.line(
                "model %s (version %s)",
                model.description().modelId(), model.description().modelVersion());
        RescorePlan plan = new RescorePlan(
                new ImageLister(run, settings.scoring().archive()),
                store,
                rows,
                settings.maxAttempts(),
                settings.maxImages().orElse(Long.MAX_VALUE));
        summary.put("planned", plan.count());
        if (plan.isEmpty() && !settings.allowEmpty()) {
            refuseEmpty(plan, store);
        }
        return plan;
    }

    /** An archive that was never scored may be empty; one that was has probably not been mounted. */
    private void refuseEmpty(RescorePlan plan, ScoreStore store) {
        long known = store.read(ScoreTables.RUNS).count();
        if (known > 0) {
            plan.close();
            throw new JobException(
                    "the archive %s lists no image although %s has %,d runs: is it mounted? If it is meant to be empty, say rescore.allow-empty=true"
                            .formatted(
                                    settings.scoring().archive().location(),
                                    settings.into().tables(),
                                    known));
        }
    }
}
