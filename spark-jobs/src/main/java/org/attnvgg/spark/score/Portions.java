package org.attnvgg.spark.score;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.spark.config.RescoreSettings;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.StoppedException;

/** Scores what is planned portion by portion, each of which is committed as a run of its own before the next begins. */
final class Portions {

    /** How many times longer than asked for a portion may take before it is cut. */
    private static final int OVERDUE = 2;

    private final JobContext run;
    private final RescoreSettings settings;
    private final ModelFolder model;
    private final RunTables tables;
    private final RunLock lock;
    private final Map<String, Object> summary;
    private final Optional<Duration> every;
    private final List<String> runIds = new ArrayList<>();
    private long scored;
    private long rejected;

    /** Of tables whose lock is held; the summary takes in what was committed. */
    Portions(
            JobContext run,
            RescoreSettings settings,
            ModelFolder model,
            RunTables tables,
            RunLock lock,
            Map<String, Object> summary) {
        this.run = run;
        this.settings = settings;
        this.model = model;
        this.tables = tables;
        this.lock = lock;
        this.summary = summary;
        every = settings.commitEvery();
    }

    /** Images that are scored next; the driver knows how many they are. */
    private record Portion(JavaRDD<ImageRef> images, long count) {}

    /**
     * Scores and commits.
     *
     * @param first what the rows of the first portion say of their run
     * @param started when the job began
     * @return the status of the job
     * @throws StoppedException if the job was told to stop: what was whole is committed
     */
    String score(RescorePlan plan, ScoreRows first, Instant started) {
        run.stop().heed();
        PortionSize sizes = new PortionSize(every, plan.speed(), ScoredRows.firstPortion(run));
        long planned = plan.count();
        long taken = 0;
        ScoreRows rows = first;
        Instant start = started;
        Optional<Portion> rest = Optional.empty();
        while (scored + rejected < planned && !run.stop().isRequested()) {
            Portion next = rest.orElse(null);
            if (next == null) {
                long size = sizes.of(planned - taken);
                next = new Portion(plan.images(taken, size, ScoredRows.tasks(run, size)), size);
                taken += size;
            }
            Instant begun = Instant.now();
            long before = scored + rejected;
            rest = commit(next, rows, start);
            sizes.took(scored + rejected - before, Duration.between(begun, Instant.now()));
            rows = ScoreRows.ofNewRun(model.description(), settings.scoring());
            start = Instant.now();
        }
        if (scored + rejected < planned) {
            throw new StoppedException(
                    "%,d of %,d planned images are committed, in %,d runs; the next rescore does the rest"
                            .formatted(scored + rejected, planned, runIds.size()));
        }
        return "complete";
    }

    /** Scores and commits a portion; what took far longer than it should is left for the next one. */
    private Optional<Portion> commit(Portion portion, ScoreRows rows, Instant start) {
        Optional<Duration> limit = every.map(time -> time.multipliedBy(OVERDUE));
        try (ScoredRows done = ScoredRows.score(
                run,
                settings.scoring(),
                settings.image(),
                model,
                rows,
                portion.images,
                portion.count,
                run.stop(),
                limit)) {
            long whole = done.isWhole() ? portion.count : done.scored() + done.rejected();
            if (whole > 0) {
                write(done, whole, start);
            }
            return done.isWhole() ? Optional.empty() : Optional.of(new Portion(done.rest(), portion.count - whole));
        }
    }

    private void write(ScoredRows done, long whole, Instant start) {
        boolean complete = tables.write(done, whole, start, lock::requireHeld);
        RunTables.print(done, whole);
        String runId = done.rows().runId();
        runIds.add(runId);
        scored += complete ? done.scored() : 0;
        rejected += done.rejected();
        summarize(runId);
        if (!complete) {
            throw RunTables.tooManyRejects(
                    done, whole, settings.scoring(), settings.into().tables());
        }
        Console.line("run %s: %s", runId, settings.into().tables());
    }

    private void summarize(String runId) {
        summary.put("run_id", runId);
        summary.put("run_ids", List.copyOf(runIds));
        summary.put("scored", scored);
        summary.put("rejected", rejected);
    }
}
