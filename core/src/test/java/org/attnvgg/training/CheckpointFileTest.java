package org.attnvgg.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.attnvgg.io.WeightFileException;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFileTest {

    private static final NetworkLayout LAYOUT = NetworkLayout.of(new NetworkConfig(0.125, 64, true, 0));

    @TempDir
    private Path folder;

    private static Weights weights(int seed, long batches) {
        Weights weights = WeightInitializer.of(LAYOUT, seed);
        return new Weights(weights.trainable(), weights.statistics(), batches);
    }

    private static CheckpointFile checkpoint(Weights best) {
        int size = LAYOUT.trainableSize();
        Adam adam = new Adam(0.1, size);
        adam.update(new float[size], WeightInitializer.of(LAYOUT, 9).trainable(), 3);
        return new CheckpointFile("{\"epoch\": 2, \"wo\": \"Zürich\"}", weights(1, 70), adam.state(), best);
    }

    @Test
    void givesBackWhatWasWritten() throws IOException {
        CheckpointFile written = checkpoint(weights(2, 50));
        Path file = folder.resolve("c.safetensors");
        written.write(file);
        CheckpointFile read = CheckpointFile.read(file, LAYOUT);
        assertThat(read.state()).isEqualTo(written.state());
        assertThat(read.weights().batchesTracked()).isEqualTo(70);
        assertThat(read.best().batchesTracked()).isEqualTo(50);
        assertThat(read.adam().step()).isEqualTo(1);
        assertThat(Arrays.equals(read.weights().trainable(), written.weights().trainable()))
                .isTrue();
        assertThat(Arrays.equals(read.weights().statistics(), written.weights().statistics()))
                .isTrue();
        assertThat(Arrays.equals(read.best().trainable(), written.best().trainable()))
                .isTrue();
        assertThat(Arrays.equals(read.adam().firstMoment(), written.adam().firstMoment()))
                .isTrue();
        assertThat(Arrays.equals(read.adam().secondMoment(), written.adam().secondMoment()))
                .isTrue();
    }

    @Test
    void beforeTheFirstEpochsEndThereIsNoBest() throws IOException {
        Path file = folder.resolve("c.safetensors");
        checkpoint(null).write(file);
        assertThat(CheckpointFile.read(file, LAYOUT).best()).isNull();
    }

    @Test
    void noticesAFlippedBitACutAndAnotherNetwork() throws IOException {
        Path file = folder.resolve("c.safetensors");
        checkpoint(null).write(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 0x10;
        Path flipped = Files.write(folder.resolve("flipped.safetensors"), bytes);
        assertThatThrownBy(() -> CheckpointFile.read(flipped, LAYOUT))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("does not fit its checksum");
        Path cut = Files.write(folder.resolve("cut.safetensors"), Arrays.copyOf(bytes, bytes.length - 100));
        assertThatThrownBy(() -> CheckpointFile.read(cut, LAYOUT)).isInstanceOf(WeightFileException.class);
        assertThatThrownBy(() -> CheckpointFile.read(file, NetworkLayout.of(new NetworkConfig(0.25, 64, true, 0))))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("a checkpoint of another network");
    }
}
