package org.attnvgg.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.attnvgg.Ratios;
import org.attnvgg.Resident;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.attnvgg.runtime.TorchEngine;
import org.attnvgg.runtime.TrainingNetwork;
import org.attnvgg.runtime.TrainingNetwork.BlockGradient;
import org.attnvgg.runtime.WeightsCodec;
import org.attnvgg.torchscript.Precision;
import org.attnvgg.training.GradientCodec.GradientPrecision;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a long run holds on to: nothing that grows with its steps. */
class LongTrainingTest {

    private static final int WARM_UP = 300;
    private static final int STEPS = 1000;
    private static final NetworkConfig NARROW = new NetworkConfig(0.125, 32, true, 0.2);

    @BeforeAll
    static void startTorch() {
        TorchEngine.start(2);
    }

    @ParameterizedTest
    @EnumSource
    void aThousandStepsLeaveNoArrayBehind(BlockGradient gradient) throws Exception {
        try (TrainingNetwork network = new TrainingNetwork(NARROW, Precision.FLOAT32, Device.cpu(), gradient)) {
            Run run = new Run(network);
            run.steps(WARM_UP);
            int arrays = network.manager().getManagedArrays().size();
            double heap = heapMebibytes();
            double growth = Resident.growthOfTen(() -> run.steps(STEPS / 10));
            // One leaked array a step would be 1,000 more.
            assertThat(network.manager().getManagedArrays()).hasSize(arrays);
            // A leaked gradient a step would be 900 MiB.
            Ratios ratios = new Ratios(STEPS + " steps of training, " + gradient);
            ratios.add("growth", "MiB", growth, 32);
            ratios.add("growth of the heap", "MiB", heapMebibytes() - heap, 8);
            ratios.assertWithinBounds();
        }
    }

    /** Everything that an executor and the driver do in a step, but for the network between them. */
    private static final class Run {

        private static final int BATCH = 2;

        private final Weights weights;
        private final WeightsCodec weightsFormat;
        private final ByteBuffer sent;
        private final TrainingStep step;
        private final ByteBuffer gradient;
        private final GradientAccumulator sum;
        private final Adam adam;
        private final Batch batch;
        private float[] statistics;

        Run(TrainingNetwork network) {
            weights = WeightInitializer.of(network.layout(), 1);
            statistics = weights.statistics();
            weightsFormat = new WeightsCodec(network.layout(), Precision.FLOAT32);
            sent = ByteBuffer.allocateDirect(weightsFormat.bytes());
            GradientCodec format = new GradientCodec(network.layout(), GradientPrecision.FLOAT32);
            step = new TrainingStep(network, FocalLoss.NOTEBOOK, format);
            gradient = format.allocate();
            sum = new GradientAccumulator(format);
            adam = new Adam(1e-4, weights.trainable().length);
            int side = NARROW.imageSize();
            ByteBuffer pixels = ByteBuffer.allocateDirect(BATCH * 3 * side * side * Float.BYTES)
                    .order(ByteOrder.nativeOrder());
            Random random = new Random(3);
            while (pixels.hasRemaining()) {
                pixels.putFloat((float) random.nextGaussian());
            }
            batch = new Batch(pixels.flip(), new float[] {0, 1}, new long[] {1, 2});
        }

        void steps(int count) {
            for (int i = 0; i < count; i++) {
                weightsFormat.write(new Weights(weights.trainable(), statistics, i), sent);
                sum.clear();
                sum.add(step.run(weightsFormat.read(sent), List.of(batch).iterator(), gradient));
                adam.update(weights.trainable(), sum.gradient(), sum.examples());
                statistics = sum.statistics();
            }
        }
    }

    private static double heapMebibytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return (runtime.totalMemory() - runtime.freeMemory()) / 1048576.0;
    }
}
