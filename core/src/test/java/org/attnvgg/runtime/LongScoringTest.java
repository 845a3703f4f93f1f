package org.attnvgg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.attnvgg.Ratios;
import org.attnvgg.Resident;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.Preprocessing;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.attnvgg.torchscript.Precision;
import org.junit.jupiter.api.Test;

/** What scoring holds on to: nothing that grows with the images. */
class LongScoringTest {

    private static final int WARM_UP = 2_000;
    private static final int IMAGES = 20_000;
    private static final int BATCH = 8;
    private static final NetworkConfig NARROW = new NetworkConfig(0.125, 32, true, 0);

    @Test
    void twentyThousandImagesLeaveMemoryFlat() throws Exception {
        TorchEngine.start(2);
        Weights weights = WeightInitializer.of(NetworkLayout.of(NARROW), 1);
        byte[] file = Files.readAllBytes(
                Path.of(LongScoringTest.class.getResource("/bad/gray.jpg").toURI()));
        try (ScoringNetwork network = new ScoringNetwork(NARROW, weights, Precision.FLOAT32, Device.cpu())) {
            score(network, file, WARM_UP);
            // Leaked for every image, decoded pixels would be 4,000 MiB, and arrays in the network 6,000.
            Ratios ratios = new Ratios("scoring " + IMAGES + " images");
            double growth = Resident.growthOfTen(() -> score(network, file, IMAGES / 10));
            ratios.add("growth", "MiB", growth, 64);
            ratios.assertWithinBounds();
        }
    }

    @Test
    void theNetworkKeepsItsWeightsWhenWhatTheyWereMadeFromIsGone() {
        TorchEngine.start(2);
        Weights weights = WeightInitializer.of(NetworkLayout.of(NARROW), 1);
        for (Precision precision : new Precision[] {Precision.FLOAT32, Precision.BFLOAT16}) {
            try (ScoringNetwork network = new ScoringNetwork(NARROW, weights, precision, Device.cpu())) {
                float[] before = logits(network);
                for (int i = 0; i < 200; i++) {
                    System.gc();
                    ByteBuffer other = ByteBuffer.allocateDirect(1 << (6 + i % 14));
                    while (other.hasRemaining()) {
                        other.put((byte) 0xff);
                    }
                }
                assertThat(logits(network)).containsExactly(before);
            }
        }
    }

    private static float[] logits(ScoringNetwork network) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                NDArray input = manager.ones(new Shape(BATCH, 3, NARROW.imageSize(), NARROW.imageSize()));
                AttnVggOutput output = network.score(input)) {
            return output.logits().toFloatArray();
        }
    }

    private static void score(ScoringNetwork network, byte[] file, int images) throws Exception {
        ImageDecoder decoder = new ImageDecoder(new ImageLimits(32, 1 << 24));
        int side = NARROW.imageSize();
        ByteBuffer pixels =
                ByteBuffer.allocateDirect(BATCH * 3 * side * side * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int done = 0; done < images; done += BATCH) {
            pixels.clear();
            for (int i = 0; i < BATCH; i++) {
                Preprocessing.append(PilTransforms.networkInput(decoder.decode(file), Augmentation.NONE, side), pixels);
            }
            try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                    NDArray input = manager.create(pixels.flip(), new Shape(BATCH, 3, side, side), DataType.FLOAT32);
                    AttnVggOutput output = network.score(input)) {
                assertThat(output.logits().toFloatArray()).hasSize(BATCH);
            }
        }
    }
}
