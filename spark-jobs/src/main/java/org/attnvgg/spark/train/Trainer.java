package org.attnvgg.spark.train;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.attnvgg.runtime.WeightsCodec;
import org.attnvgg.spark.config.NonFinitePolicy;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.exchange.ExchangeServer;
import org.attnvgg.spark.exchange.ShardReport;
import org.attnvgg.spark.exchange.ShardUpload;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.StopSignal;
import org.attnvgg.training.GradientAccumulator;

/**
 * The driver's side of an epoch: offers weights, adds the shards' gradients up in the order of the shards while later ones
 * are still on their way, and updates.
 */
final class Trainer {

    /** Steps in a row that may be skipped before training is given up. */
    private static final int MOST_SKIPPED_IN_A_ROW = 20;

    /** How long an epoch's first step waits for tasks that have a slot. */
    private static final Duration GRACE = Duration.ofSeconds(15);

    private final TrainingTasks tasks;
    private final ExchangeServer exchange;
    private final Shards shards;
    private final WeightsCodec format;
    private final GradientAccumulator sum;
    private final boolean stopOnNonFinite;
    private final IntSupplier executors;
    private final StopSignal stop;
    private final ExchangeServer.Watch betweenSteps;
    private final List<String> nonFinite = new ArrayList<>();
    private int skippedInARow;

    Trainer(
            TrainingTasks tasks,
            ExchangeServer exchange,
            TrainPlan plan,
            Shards shards,
            NonFinitePolicy onNonFinite,
            IntSupplier executors,
            StopSignal stop) {
        this.tasks = tasks;
        this.exchange = exchange;
        this.shards = shards;
        this.format = plan.weightsFormat();
        this.sum = new GradientAccumulator(plan.gradientFormat());
        this.executors = executors;
        this.stop = stop;
        this.betweenSteps = losses -> {
            tasks.look(losses);
            if (stop.isRequested()) {
                throw new ToldToStop();
            }
        };
        this.stopOnNonFinite = onNonFinite == NonFinitePolicy.STOP;
    }

    /** Something to do after every step. */
    interface AfterStep {
        void run();
    }

    /** Ends a wait between two steps. */
    private static final class ToldToStop extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /**
     * Trains from where the state is to the end of its epoch, or to the end of the step during which it is told to stop. No
     * task of the epoch computes when it returns.
     *
     * @return false if it was told to stop
     */
    boolean finishEpoch(TrainingState state, AfterStep afterStep) {
        EpochProgress progress = state.progress();
        exchange.admit(progress.epoch());
        tasks.start(progress.epoch(), state.rejects().ids());
        try (Console.Progress bar = Console.progress("epoch " + progress.epoch(), shards.steps(), "steps")) {
            // Later ones may join at any time; but whoever comes first would read all the images.
            exchange.awaitWorkers(Math.min(executors.getAsInt(), shards.count()), GRACE, betweenSteps);
            while (progress.step() < shards.steps() && !stop.isRequested()) {
                step(state);
                tasks.progressed();
                bar.at(progress.step());
                afterStep.run();
            }
        } catch (ToldToStop e) {
            Console.line("told to stop while waiting for executors");
        } finally {
            exchange.stopWorkers();
        }
        tasks.finish();
        return !stop.isRequested();
    }

    private void step(TrainingState state) {
        EpochProgress progress = state.progress();
        exchange.awaitEnough(betweenSteps);
        long start = System.nanoTime();
        format.write(state.weights(), exchange.weights());
        exchange.open(progress.epoch(), progress.step());
        long opened = System.nanoTime();
        Map<String, double[]> times = new HashMap<>();
        List<Integer> nonFiniteShards = new ArrayList<>();
        sum.clear();
        nonFinite.clear();
        long lastArrived = opened;
        for (int shard = 0; shard < shards.count(); shard++) {
            ShardUpload upload = exchange.await(shard, tasks);
            lastArrived = System.nanoTime();
            if (!sum.add(upload.gradient())) {
                nonFiniteShards.add(shard);
                nonFinite.add(sum.nonFinite());
            }
            record(state, upload, times);
            exchange.release(upload);
        }
        exchange.endStep();
        if (nonFiniteShards.isEmpty()) {
            update(state);
        } else {
            skip(progress, nonFiniteShards);
        }
        long end = System.nanoTime();
        double[] slowest = times.values().stream()
                .max((a, b) -> Double.compare(a[0] + a[1], b[0] + b[1]))
                .orElseThrow();
        double driver = (opened - start + end - lastArrived) / 1e9;
        progress.recordTimes((end - start) / 1e9, slowest[0], slowest[1], driver);
    }

    /** Adds up what a worker needed for its shards: seconds of waiting for images, and of computing. */
    private static void record(TrainingState state, ShardUpload upload, Map<String, double[]> times) {
        ShardReport report = upload.report();
        state.rejects().add(report.rejects());
        state.progress().rejected(report.rejects().size());
        double[] seconds = times.computeIfAbsent(upload.worker(), worker -> new double[2]);
        seconds[0] += report.decodeSeconds();
        seconds[1] += report.computeSeconds();
    }

    private void update(TrainingState state) {
        EpochProgress progress = state.progress();
        if (sum.examples() == 0) {
            throw new JobException("epoch %d, step %d: none of its images could be read, the first for this reason: %s"
                    .formatted(
                            progress.epoch(),
                            progress.step() + 1,
                            state.rejects().all().stream().findFirst().orElse(null)));
        }
        boolean finite = state.adam().update(state.weights().trainable(), sum.gradient(), sum.examples());
        state.updated(sum.statistics());
        if (!finite) {
            throw new JobException(
                    "epoch %d, step %d: a weight, or a moment of Adam, is not finite after its update; lower train.learning-rate"
                            .formatted(progress.epoch(), progress.step() + 1));
        }
        progress.updated(sum.examples(), sum.lossSum());
        skippedInARow = 0;
    }

    private void skip(EpochProgress progress, List<Integer> nonFiniteShards) {
        List<String> where = new ArrayList<>();
        for (int shard : nonFiniteShards) {
            List<ImageRef> order = shards.epochOrder(progress.epoch(), shard);
            List<String> ids = new ArrayList<>();
            for (int batch = progress.step() * shards.accumulate(); batch < shards.endOf(progress.step()); batch++) {
                shards.batch(order, shard, batch).forEach(ref -> ids.add(ref.id()));
            }
            where.add("shard " + shard + ", images " + String.join(", ", ids));
        }
        String what = "epoch %d, step %d: a %s that is not finite, of %s"
                .formatted(progress.epoch(), progress.step() + 1, nonFinite.get(0), String.join("; of ", where));
        skippedInARow++;
        if (stopOnNonFinite) {
            throw new JobException(what + "; lower train.learning-rate, look at these images, or leave such steps out"
                    + " with train.on-non-finite=skip");
        }
        if (skippedInARow > MOST_SKIPPED_IN_A_ROW) {
            throw new JobException(what + "; " + skippedInARow + " steps in a row were left out: training has diverged,"
                    + " lower train.learning-rate");
        }
        Console.warn(what + "; the step is left out");
        progress.skippedStep();
    }
}
