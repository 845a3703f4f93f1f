package org.attnvgg.training;

import java.util.List;

/**
 * What one epoch did.
 *
 * @param epoch from 1
 * @param steps updates made
 * @param skippedSteps steps left out because their gradient was not finite
 * @param examples images trained on
 * @param trainLoss mean focal loss over them, each at the weights before its step
 * @param stepLosses mean loss of each step
 * @param validationExamples images of the validation split, scored after the epoch
 * @param validationLoss mean focal loss over them
 * @param rocAuc area under the ROC curve over them; null where only one class is there
 * @param averagePrecision over them; null where only one class is there
 * @param rejected images left out because they could not be read
 * @param examplesPerSecond speed of training, validation not counted
 * @param decodeSeconds of the training steps' time, what the slowest executor waited for images
 * @param computeSeconds what it needed for forward and backward passes
 * @param exchangeSeconds the rest: weights and gradients on their way, and tasks that start
 * @param driverSeconds what the driver needed after the last gradient and before the first task: sums, update, packing
 * @param seconds the whole epoch, validation counted
 */
public record EpochMetrics(
        int epoch,
        int steps,
        int skippedSteps,
        long examples,
        double trainLoss,
        List<Double> stepLosses,
        long validationExamples,
        double validationLoss,
        Double rocAuc,
        Double averagePrecision,
        long rejected,
        double examplesPerSecond,
        double decodeSeconds,
        double computeSeconds,
        double exchangeSeconds,
        double driverSeconds,
        double seconds) {}
