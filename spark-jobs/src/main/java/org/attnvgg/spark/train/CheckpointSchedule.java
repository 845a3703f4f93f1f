package org.attnvgg.spark.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.attnvgg.spark.config.CheckpointSettings;

/** When checkpoints are written: after every epoch, after {@code train.checkpoint-steps}, and at least every ten minutes of work. */
final class CheckpointSchedule {

    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final Checkpoints checkpoints;
    private final long everySteps;
    private long steps;
    private long writtenAt = System.nanoTime();
    private String newest;

    CheckpointSchedule(Checkpoints checkpoints, CheckpointSettings settings) {
        this.checkpoints = checkpoints;
        this.everySteps = settings.checkpointSteps().orElse(Integer.MAX_VALUE);
    }

    /** A step is done. */
    void afterStep(TrainingState state) {
        steps++;
        if (steps >= everySteps || System.nanoTime() - writtenAt >= LONGEST.toNanos()) {
            write(state);
        }
    }

    /** An epoch is over. */
    void afterEpoch(TrainingState state) {
        write(state);
    }

    /** The run stops here; returns the checkpoint to go on from. */
    String atStop(TrainingState state) {
        if (newest == null || steps > 0) {
            write(state);
        }
        return newest;
    }

    private void write(TrainingState state) {
        try {
            newest = checkpoints.write(state);
        } catch (IOException e) {
            throw new UncheckedIOException("writing a checkpoint", e);
        }
        steps = 0;
        writtenAt = System.nanoTime();
    }
}
