package org.attnvgg.spark.config;

import org.attnvgg.torchscript.Precision;

/** Settings of {@code demo}. */
@Section("demo")
public record DemoSettings(
        @Key(value = "attnvgg-demo", path = true, text = "Where to write everything.")
        String out,

        @Key(
                value = "600",
                atLeast = 20,
                formerly = "demo.pictures",
                text = "Synthetic images to make, half of them malignant.")
        int images,

        @Key(value = "4", atLeast = 1, text = "Passes over the training split.")
        int epochs,

        @Key(
                value = "0.25",
                greaterThan = 0,
                atMost = 4,
                text = "Channel multiplier of the demo's network: a narrow one, to be quick.")
        double width,

        @Key(
                value = "96",
                unit = "pixels",
                atLeast = 32,
                atMost = 1024,
                multipleOf = 32,
                text = "Input size of the demo's network.")
        int imageSize,

        @Key(
                value = "float32",
                choices = {"float32", "bfloat16", "float16"},
                text = "Number format of the convolutions.")
        Precision precision,

        RandomSettings random) {}
