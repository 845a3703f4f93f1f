package org.attnvgg.spark.train;

import java.util.ArrayList;
import java.util.List;
import org.attnvgg.model.Weights;
import org.attnvgg.training.Adam;
import org.attnvgg.training.EpochMetrics;

/** Where a run is: all that a restart needs, and nothing that it does not. */
final class TrainingState {

    private Weights weights;
    private final Adam adam;
    private final List<EpochMetrics> epochs;
    private final Rejects rejects;
    private EpochProgress progress;
    private Weights best;

    /** A run that begins with these weights. */
    static TrainingState fresh(Weights weights, double learningRate) {
        return new TrainingState(
                weights,
                new Adam(learningRate, weights.trainable().length),
                new ArrayList<>(),
                new Rejects(),
                new EpochProgress(1),
                null);
    }

    TrainingState(
            Weights weights,
            Adam adam,
            List<EpochMetrics> epochs,
            Rejects rejects,
            EpochProgress progress,
            Weights best) {
        this.weights = weights;
        this.adam = adam;
        this.epochs = epochs;
        this.rejects = rejects;
        this.progress = progress;
        this.best = best;
    }

    Weights weights() {
        return weights;
    }

    Adam adam() {
        return adam;
    }

    /** The epochs that are over. */
    List<EpochMetrics> epochs() {
        return epochs;
    }

    Rejects rejects() {
        return rejects;
    }

    /** The epoch under way. */
    EpochProgress progress() {
        return progress;
    }

    /** The weights of the best epoch; null before the first is over. */
    Weights best() {
        return best;
    }

    /** The trained values changed in place, and these are the running statistics now. */
    void updated(float[] statistics) {
        weights = new Weights(weights.trainable(), statistics, weights.batchesTracked() + 1);
    }

    /** Ends the epoch under way; its weights are kept if no epoch was better. */
    void endEpoch(EpochMetrics metrics) {
        if (epochs.stream().allMatch(other -> auc(metrics) >= auc(other))) {
            best = new Weights(weights.trainable().clone(), weights.statistics().clone(), weights.batchesTracked());
        }
        epochs.add(metrics);
        progress = new EpochProgress(progress.epoch() + 1);
    }

    /** The number of the epoch whose weights {@link #best} is: of equals, the last. */
    int bestEpoch() {
        EpochMetrics bestMetrics = epochs.get(0);
        for (EpochMetrics metrics : epochs) {
            bestMetrics = auc(metrics) >= auc(bestMetrics) ? metrics : bestMetrics;
        }
        return bestMetrics.epoch();
    }

    private static double auc(EpochMetrics metrics) {
        return metrics.rocAuc() == null ? 0 : metrics.rocAuc();
    }
}
