package org.attnvgg.spark.config;

import java.util.Optional;
import org.attnvgg.torchscript.Precision;

/** Settings of {@code train}. */
@Section("train")
public record TrainSettings(
        @Key(
                path = true,
                changesResults = false, // its content does, and is compared
                text = "The manifest table that prepare wrote.")
        String manifest,

        @Key(path = true, changesResults = false, text = "Where to write the model folder.")
        String out,

        @Key(value = "2", atLeast = 1, changesResults = false, text = "Passes over the training split.")
        int epochs,

        @Key(value = "100", atLeast = 1, atMost = 1000000, text = "Examples of one mini-batch, over all shards.")
        int batchSize,

        @Key(
                value = "1",
                atLeast = 1,
                atMost = 1000,
                text = "Mini-batches of one step: gradients are added up over them before they"
                        + " are exchanged, as for a larger batch.")
        int accumulate,

        @Key(
                atLeast = 1,
                atMost = 1000000,
                text = "Parts that each batch is split into; results depend on it, not on who computes"
                        + " them. None: the number of executors.")
        Optional<Integer> shards,

        @Key(value = "1.0e-4", greaterThan = 0, text = "Adam's step size.")
        double learningRate,

        @Key(value = "0.25", greaterThan = 0, text = "Focal loss: weight of every example.")
        double focalAlpha,

        @Key(value = "2", atLeast = 0, text = "Focal loss: how fast well-classified examples fade; 0 is cross entropy.")
        double focalGamma,

        @Key(
                value = "float32",
                choices = {"float32", "bfloat16", "float16"},
                text = "Number format of the convolutions; weights and updates stay float32.")
        Precision precision,

        @Key(
                value = "true",
                changesResults = false,
                text = "Training on GPUs gives the same bits at every run; false: cuDNN may choose quicker algorithms"
                        + " that do not.")
        boolean deterministic,

        @Key(
                path = true,
                text = "Weights to start from: .safetensors or .pth, ours or torchvision's vgg16_bn. None:"
                        + " random by the seed.")
        Optional<String> init,

        @Key(value = "true", text = "Rotate by up to 10 degrees and flip half of the images.")
        boolean augment,

        @Key(
                value = "0.05",
                atLeast = 0,
                atMost = 1,
                changesResults = false,
                text = "Share of unreadable images above which training fails.")
        double maxRejectFraction,

        @Key(
                value = "stop",
                changesResults = false,
                text = "A gradient, loss or running statistic of a step that is"
                        + " not finite: stop the run, or skip the step.")
        NonFinitePolicy onNonFinite,

        @Key(
                value = "268435456",
                unit = "bytes",
                atLeast = 0,
                changesResults = false,
                text = "Decoded images that an executor may hold before they are needed.")
        long prefetchBytes,

        CheckpointSettings checkpoint,
        ClusterSettings cluster,
        ExchangeSettings exchange,
        ModelSettings model,
        ImageSettings image,
        RandomSettings random) {}
