package org.attnvgg.spark.config;

import java.time.Duration;

/** Which executors training needs; {@code preflight} looks for the same. */
@Section("train")
public record ClusterSettings(
        @Key(
                value = "auto",
                changesResults = false,
                text = "auto: the GPU that Spark assigned, else the CPU; gpu: fail without one; cpu.")
        DeviceChoice device,

        @Key(
                value = "1",
                atLeast = 1,
                changesResults = false,
                text = "Executors that must be there: with fewer, training waits for others.")
        int minExecutors,

        @Key(
                value = "120",
                unit = "seconds",
                atMost = Key.LONGEST_SECONDS,
                atLeast = 1,
                changesResults = false,
                text = "How long to wait for executors before training fails.")
        Duration executorWait) {}
