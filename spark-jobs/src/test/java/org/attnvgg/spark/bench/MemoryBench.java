package org.attnvgg.spark.bench;

import ai.djl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.runtime.TorchEngine;
import org.attnvgg.runtime.TrainingNetwork;
import org.attnvgg.runtime.WeightsBuffer;
import org.attnvgg.spark.job.Console;
import org.attnvgg.torchscript.Precision;
import org.attnvgg.training.Batch;
import org.attnvgg.training.FocalLoss;
import org.attnvgg.training.GradientCodec;
import org.attnvgg.training.GradientCodec.GradientPrecision;
import org.attnvgg.training.TrainingStep;

/** What a training task takes beyond its heap: this process's resident memory after a few steps, less the heap. */
final class MemoryBench {

    private static final int STEPS = 3;
    private static final int SIDE = 224;

    private final BenchOptions options;

    MemoryBench(BenchOptions options) {
        this.options = options;
    }

    void run() {
        TorchEngine.start(Runtime.getRuntime().availableProcessors());
        Precision precision = options.precision();
        NetworkConfig network = options.network();
        Console.line(
                "width %s, %s, %d×%d: most memory of the process beyond its heap, after %d steps",
                network.width(), precision, SIDE, SIDE, STEPS);
        try (TrainingNetwork block = new TrainingNetwork(network, precision, Device.cpu())) {
            GradientCodec format = new GradientCodec(block.layout(), GradientPrecision.FLOAT32);
            TrainingStep step = new TrainingStep(block, FocalLoss.NOTEBOOK, format);
            WeightsBuffer weights = WeightsBuffer.of(block.layout(), WeightInitializer.of(block.layout(), 1));
            ByteBuffer gradient = format.allocate();
            for (int size : options.batchSizes()) {
                Batch batch = batch(size);
                for (int i = 0; i < STEPS; i++) {
                    step.run(weights, List.of(batch).iterator(), gradient);
                }
                Console.line("batch %4d: %,6d MiB", size, beyondHeapMebibytes());
            }
        }
    }

    private static Batch batch(int size) {
        ByteBuffer pixels =
                ByteBuffer.allocateDirect(size * 3 * SIDE * SIDE * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < pixels.capacity(); i += Float.BYTES) {
            pixels.putFloat(i, (i / Float.BYTES % 255 - 127) / 64f);
        }
        return new Batch(pixels, new float[size], new long[size]);
    }

    /** The most that was ever resident, less the heap's present size. */
    private static long beyondHeapMebibytes() {
        try {
            String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(one -> one.startsWith("VmHWM:"))
                    .findFirst()
                    .orElseThrow();
            long kibibytes = Long.parseLong(line.replaceAll("\\D", ""));
            return kibibytes / 1024 - Runtime.getRuntime().totalMemory() / (1 << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
