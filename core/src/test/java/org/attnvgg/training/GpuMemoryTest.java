package org.attnvgg.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.cuda.CudaUtils;
import java.nio.ByteBuffer;
import java.util.List;
import org.attnvgg.Golden;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.Weights;
import org.attnvgg.runtime.AttnVggOutput;
import org.attnvgg.runtime.ScoringNetwork;
import org.attnvgg.runtime.TorchEngine;
import org.attnvgg.runtime.TrainingNetwork;
import org.attnvgg.runtime.WeightsBuffer;
import org.attnvgg.torchscript.Precision;
import org.attnvgg.training.GradientCodec.GradientPrecision;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What training and scoring hold of a GPU's memory, on machines that have one. */
class GpuMemoryTest {

    private static final Batch BATCH = Golden.any().batch(1, 0, 0, 1);

    @BeforeAll
    static void findGpu() {
        TorchEngine.start(2);
        assumeTrue(TorchEngine.gpuCount() > 0, "libtorch sees no GPU");
    }

    @Test
    void stepsAndForwardPassesLeaveItFlat() {
        Device gpu = Device.gpu(0);
        NetworkConfig settings = NetworkConfig.NOTEBOOK;
        try (TrainingNetwork network = new TrainingNetwork(settings, Precision.BFLOAT16, gpu);
                ScoringNetwork scoring =
                        new ScoringNetwork(settings, Golden.any().weights(network.layout()), Precision.BFLOAT16, gpu)) {
            GradientCodec format = new GradientCodec(network.layout(), GradientPrecision.FLOAT32);
            TrainingStep step = new TrainingStep(network, FocalLoss.NOTEBOOK, format);
            Weights weights = Golden.any().weights(network.layout());
            ByteBuffer gradient = format.allocate();
            Runnable both = () -> {
                step.run(
                        WeightsBuffer.of(network.layout(), weights),
                        List.of(BATCH).iterator(),
                        gradient);
                score(scoring, gpu);
            };
            repeat(both, 5);
            long held = CudaUtils.getGpuMemory(gpu).getCommitted();
            repeat(both, 50);
            assertThat(CudaUtils.getGpuMemory(gpu).getCommitted()).isEqualTo(held);
        }
    }

    private static void repeat(Runnable work, int times) {
        for (int i = 0; i < times; i++) {
            work.run();
        }
    }

    private static void score(ScoringNetwork network, Device gpu) {
        try (NDManager manager = NDManager.newBaseManager(gpu);
                NDArray images = manager.create(BATCH.pixels(), new Shape(4, 3, 224, 224), DataType.FLOAT32);
                AttnVggOutput output = network.score(images)) {
            output.logits().toFloatArray();
        }
    }
}
