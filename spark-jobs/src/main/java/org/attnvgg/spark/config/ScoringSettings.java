package org.attnvgg.spark.config;

import java.util.Optional;
import org.attnvgg.torchscript.Precision;

/** What {@code score} and {@code rescore} compute. */
@Section("score")
public record ScoringSettings(
        @Key(path = true, text = "The model folder that train wrote.")
        String model,

        ArchiveSettings archive,

        @Key(
                value = "auto",
                absent = "auto",
                atLeast = 1,
                text = "Images of one forward pass. auto: each executor"
                        + " tries a few sizes on its first images and keeps the quickest; a number gives the same bits every"
                        + " time.")
        Optional<Integer> batchSize,

        @Key(
                value = "float32",
                choices = {"float32", "bfloat16", "float16"},
                text = "Number format of the convolutions.")
        Precision precision,

        @Key(value = "auto", text = "auto: the GPU that Spark assigned, else the CPU; gpu: fail without one; cpu.")
        DeviceChoice device,

        @Key(
                value = "false",
                text = "Decode large JPEGs at 1/2, 1/4 or 1/8 scale where 1.5 times the network's input is"
                        + " left: quicker, and not quite the same scores, which is why predictions then have another"
                        + " preprocess_id.")
        boolean reducedScale,

        @Key(
                value = "0.05",
                atLeast = 0,
                atMost = 1,
                text = "Share of rejected images above which the job fails, after"
                        + " it wrote them: of a run of 20 images or more. In rescore each portion (rescore.commit-every) is a"
                        + " run.")
        double maxRejectFraction) {}
