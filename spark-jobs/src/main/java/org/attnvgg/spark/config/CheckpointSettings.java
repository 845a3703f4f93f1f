package org.attnvgg.spark.config;

import java.util.Optional;

/** Where a training run keeps what it goes on from. */
@Section("train")
public record CheckpointSettings(
        @Key(
                path = true,
                changesResults = false,
                text = "Where checkpoints are kept until the model is written. None: beside train.out, by its name and"
                        + " .checkpoints.")
        Optional<String> checkpoints,

        @Key(
                unit = "steps",
                atLeast = 1,
                changesResults = false,
                text = "Steps between checkpoints, beside those after every epoch and after ten minutes of work.")
        Optional<Integer> checkpointSteps,

        @Key(
                value = "true",
                changesResults = false,
                text = "Go on from the newest checkpoint, if there is one; false: start anew.")
        boolean resume) {}
