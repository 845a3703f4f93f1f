package org.attnvgg.spark.config;

import java.time.Duration;
import org.attnvgg.torchscript.Precision;

/** How executors and the driver exchange gradients and weights. */
@Section("train")
public record ExchangeSettings(
        @Key(
                value = "float32",
                choices = {"float32", "bfloat16"},
                formerly = "train.wire",
                text = "Number format of gradients on their way to the driver; sums are float32 all the same.")
        Precision gradientPrecision,

        @Key(
                value = "30",
                unit = "seconds",
                atMost = Key.LONGEST_SECONDS,
                atLeast = 1,
                changesResults = false,
                text = "Without a sign of life for so long an executor is lost, and others do its work.")
        Duration heartbeatTimeout,

        @Key(
                value = "600",
                unit = "seconds",
                atMost = Key.LONGEST_SECONDS,
                atLeast = 1,
                changesResults = false,
                text = "How long an executor may take for a shard's step, or for an answer.")
        Duration stepTimeout,

        @Key(
                value = "0",
                atLeast = 0,
                atMost = 65535,
                changesResults = false,
                text = "Port of the driver that executors exchange weights and gradients with. 0: any free one.")
        int exchangePort) {}
