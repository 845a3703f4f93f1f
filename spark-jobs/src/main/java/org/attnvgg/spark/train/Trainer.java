package org.attnvgg.spark.train;

import java.util.ArrayList;
import java.util.List;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.Console;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.training.Adam;
import org.attnvgg.training.GradientAverage;
import org.attnvgg.training.ShardGradient;

/** The driver's side of training: holds weights and optimizer, and turns shards' gradients into updates. */
final class Trainer {

    private final Exchange exchange;
    private final Shards shards;
    private final Adam adam;
    private final Rejects rejects;
    private Weights weights;

    Trainer(Exchange exchange, Shards shards, Settings settings, Weights weights, Rejects rejects) {
        this.exchange = exchange;
        this.shards = shards;
        this.weights = weights;
        this.rejects = rejects;
        this.adam = new Adam(settings.number("train.learning-rate"), weights.trainable().length);
    }

    /**
     * What an epoch did.
     *
     * @param examples pictures trained on
     * @param loss mean loss over them
     * @param stepLosses mean loss of each step
     * @param rejected pictures left out
     */
    record Epoch(long examples, double loss, List<Double> stepLosses, long rejected) {}

    /** The weights after the steps so far. */
    Weights weights() {
        return weights;
    }

    /** Every example once. */
    Epoch epoch(int epoch) {
        List<Double> losses = new ArrayList<>();
        long examples = 0;
        long rejected = 0;
        double lossSum = 0;
        try (Console.Progress progress = Console.progress("epoch " + epoch, shards.steps(), "steps")) {
            for (int step = 0; step < shards.steps(); step++) {
                List<ShardResult> results = exchange.step(epoch, step, weights);
                rejected += note(results);
                GradientAverage average = GradientAverage.of(gradients(epoch, step, results));
                adam.update(weights.trainable(), average.gradient());
                weights = new Weights(weights.trainable(), average.statistics(), weights.batchesTracked() + 1);
                losses.add(average.loss());
                examples += average.examples();
                lossSum += average.loss() * average.examples();
                progress.at(step + 1L);
            }
        }
        return new Epoch(examples, lossSum / examples, losses, rejected);
    }

    private static List<ShardGradient> gradients(int epoch, int step, List<ShardResult> results) {
        List<ShardGradient> gradients =
                results.stream().map(ShardResult::gradient).toList();
        if (gradients.stream().allMatch(gradient -> gradient.examples() == 0)) {
            throw new JobException(
                    "epoch %d, step %d: none of its pictures could be read, the first for this reason: %s"
                            .formatted(epoch, step + 1, results.get(0).rejects()));
        }
        return gradients;
    }

    private long note(List<ShardResult> results) {
        results.forEach(result -> rejects.add(result.rejects()));
        return results.stream().mapToLong(result -> result.rejects().size()).sum();
    }
}
