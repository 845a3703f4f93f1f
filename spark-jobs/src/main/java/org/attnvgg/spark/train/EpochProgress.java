package org.attnvgg.spark.train;

import java.util.ArrayList;
import java.util.List;

/**
 * What an epoch has done so far. Times are in seconds: of each step, those of the shards' computer that kept the others
 * waiting, and the driver's; the rest of the step is exchange.
 */
final class EpochProgress {

    private final int epoch;
    private int step;
    private long examples;
    private double lossSum;
    private final List<Double> stepLosses = new ArrayList<>();
    private int skipped;
    private long rejected;
    private double seconds;
    private double decodeSeconds;
    private double computeSeconds;
    private double driverSeconds;

    /** An epoch, from 1, that begins. */
    EpochProgress(int epoch) {
        this.epoch = epoch;
    }

    int epoch() {
        return epoch;
    }

    /** The step, from 0, that comes next. */
    int step() {
        return step;
    }

    long examples() {
        return examples;
    }

    double loss() {
        return lossSum / examples;
    }

    List<Double> stepLosses() {
        return stepLosses;
    }

    int skipped() {
        return skipped;
    }

    long rejected() {
        return rejected;
    }

    double seconds() {
        return seconds;
    }

    double decodeSeconds() {
        return decodeSeconds;
    }

    double computeSeconds() {
        return computeSeconds;
    }

    double driverSeconds() {
        return driverSeconds;
    }

    double exchangeSeconds() {
        return Math.max(0, seconds - decodeSeconds - computeSeconds - driverSeconds);
    }

    /** A step changed the weights. */
    void updated(int stepExamples, double stepLossSum) {
        examples += stepExamples;
        lossSum += stepLossSum;
        stepLosses.add(stepLossSum / stepExamples);
        step++;
    }

    /** A step changed nothing, because its gradient was not finite. */
    void skippedStep() {
        skipped++;
        step++;
    }

    void rejected(int images) {
        rejected += images;
    }

    /** Where a step's time went. */
    void recordTimes(double whole, double decode, double compute, double driver) {
        seconds += whole;
        decodeSeconds += decode;
        computeSeconds += compute;
        driverSeconds += driver;
    }
}
