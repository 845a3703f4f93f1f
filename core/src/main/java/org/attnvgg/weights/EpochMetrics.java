package org.attnvgg.weights;

import java.util.List;

/**
 * What one epoch did.
 *
 * @param epoch from 1
 * @param steps updates made
 * @param examples pictures trained on
 * @param trainLoss mean focal loss over them, each at the weights before its step
 * @param stepLosses mean loss of each step
 * @param validationExamples pictures of the validation split, scored after the epoch
 * @param validationLoss mean focal loss over them
 * @param rocAuc area under the ROC curve over them; null where only one class is there
 * @param averagePrecision likewise
 * @param rejected pictures left out because they could not be read
 * @param examplesPerSecond speed of training, validation not counted
 * @param seconds the whole epoch, validation counted
 */
public record EpochMetrics(
        int epoch,
        int steps,
        long examples,
        double trainLoss,
        List<Double> stepLosses,
        long validationExamples,
        double validationLoss,
        Double rocAuc,
        Double averagePrecision,
        long rejected,
        double examplesPerSecond,
        double seconds) {}
