package org.attnvgg.spark.config;

import java.time.Duration;
import java.util.Optional;

/** Settings of {@code rescore}. */
@Section("rescore")
public record RescoreSettings(
        RescoreTables into,

        @Key(
                unit = "images",
                atLeast = 1,
                text = "Most images of one run, the oldest first; the next run goes on. None: all.")
        Optional<Long> maxImages,

        @Key(
                value = "3",
                atLeast = 1,
                text = "How often an image that was rejected is tried again, as long as its file" + " does not change.")
        int maxAttempts,

        @Key(value = "false", text = "Say what there is to do, and stop. Also as --dry-run.")
        boolean dryRun,

        @Key(
                value = "600",
                unit = "seconds",
                atMost = Key.LONGEST_SECONDS,
                atLeast = 1,
                text = "About how much scoring is committed at once, as a run"
                        + " of its own: what a night that is cut short keeps. None: all images of a night are one run.")
        Optional<Duration> commitEvery,

        @Key(
                value = "7",
                unit = "days",
                atLeast = 0,
                atMost = 36500,
                text = "How long files of runs that were cleared"
                        + " away or repaired are kept in the folder _removed of the tables.")
        Duration keepRemoved,

        @Key(
                value = "false",
                text = "Take an archive without any image as it is. Otherwise it is an error where the"
                        + " tables have runs.")
        boolean allowEmpty,

        ScoringSettings scoring,
        ImageSettings image) {}
