package org.attnvgg.modelfolder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.attnvgg.io.WeightFileException;
import org.attnvgg.io.WeightFiles;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFolderTest {

    private static final NetworkConfig NETWORK = new NetworkConfig(0.125, 32, true, 0);
    private static final NetworkLayout LAYOUT = NetworkLayout.of(NETWORK);

    @TempDir
    private Path folder;

    private ModelMetadata written;

    @BeforeEach
    void write() throws IOException {
        written = ModelFolder.write(folder, draft(), WeightInitializer.of(LAYOUT, 1));
    }

    private static ModelMetadata draft() {
        return ModelMetadata.of(NETWORK, "float32", "v1", 1, List.of(), Map.of());
    }

    @Test
    void whatIsWrittenIsReadBackWithTheHashesOfItsFiles() throws IOException {
        ModelFolder read = ModelFolder.read(folder);
        assertThat(read.description()).isEqualTo(written);
        assertThat(read.weightsSha256()).hasSize(64).startsWith(written.modelId());
        assertThat(written.files())
                .containsOnlyKeys("model.pt", "model.safetensors")
                .containsEntry("model.safetensors", read.weightsSha256());
        assertThat(ModelFolder.files(folder)).containsExactly("model.json", "model.pt", "model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "model.pt"})
    void aFlippedBitIsNoticed(String name) throws IOException {
        Path file = folder.resolve(name);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 10] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> ModelFolder.read(folder))
                .isInstanceOf(WeightFileException.class)
                .hasMessage(
                        "%s: its SHA-256 is %s, but model.json says %s: it was damaged or exchanged; copy the model folder again",
                        file, FileHashes.sha256(file), written.files().get(name));
    }

    @Test
    void aNamedFileThatIsMissingIsNoticed() throws IOException {
        Files.delete(folder.resolve("model.pt"));
        assertThatThrownBy(() -> ModelFolder.read(folder))
                .isInstanceOf(WeightFileException.class)
                .hasMessage(folder.resolve("model.pt") + ": is not there, but model.json names it");
    }

    /** As versions wrote it whose model.json had no hashes of files. */
    private void forgetHashes() throws IOException {
        edit("(?s),\\s*\"files\": \\{.*?}", "");
    }

    private void edit(String pattern, String replacement) throws IOException {
        Path json = folder.resolve("model.json");
        String text = Files.readString(json);
        String edited = text.replaceFirst(pattern, replacement);
        assertThat(edited).isNotEqualTo(text);
        Files.writeString(json, edited);
    }

    @Test
    void anEarlierVersionsFolderIsHeldAgainstItsModelId() throws IOException {
        forgetHashes();
        assertThat(ModelFolder.read(folder).description().modelId()).isEqualTo(written.modelId());
        Path file = folder.resolve("model.safetensors");
        Files.delete(file);
        WeightFiles.write(file, LAYOUT, WeightInitializer.of(LAYOUT, 2));
        assertThatThrownBy(() -> ModelFolder.read(folder))
                .isInstanceOf(WeightFileException.class)
                .hasMessageStartingWith(file + ": its SHA-256 is " + FileHashes.sha256(file))
                .hasMessageContaining("but model_id in model.json says " + written.modelId());
    }

    @Test
    void aFolderThatClaimsAnotherModelsIdIsRefused() throws IOException {
        edit("\"model_id\": \"[0-9a-f]{12}", "\"model_id\": \"0123456789ab");
        assertThatThrownBy(() -> ModelFolder.read(folder))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("but model_id in model.json says 0123456789ab");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"model.pt\": | \"../model.pt\":   | files has '../model.pt'",
                "\"model.pt\": | \"/etc/passwd\":   | files has '/etc/passwd'",
                "\"model.pt\": \"[0-9a-f]*\" | \"model.pt\": \"0\" | files has 'model.pt': '0'",
                "\"model.pt\": \"[0-9a-f]*\" | \"model.pt\": null  | files has 'model.pt': 'null'",
                "\"width\": 0.125 | \"width\": 0     | not a model description: model.width = 0.0: must be above 0",
                "\"width\": 0.125 | \"width\": []    | not a model description: Expected a double",
                "\"network\"      | \"net\"          | needs at least network and model_version"
            })
    void aDescriptionThatMakesNoSenseIsRefused(String from, String to, String message) throws IOException {
        edit(from, to);
        assertThatThrownBy(() -> ModelFolder.read(folder))
                .isInstanceOf(WeightFileException.class)
                .hasMessageStartingWith(folder.resolve("model.json") + ": " + message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void weightsThatAreNotFiniteAreNotWritten(@TempDir Path other) {
        Weights weights = WeightInitializer.of(LAYOUT, 1);
        TensorSpec variance = LAYOUT.tensor("conv_block2.4.running_var");
        weights.statistics()[variance.offset() + 5] = Float.NaN;
        assertThatThrownBy(() -> ModelFolder.write(other, draft(), weights))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("tensor 'conv_block2.4.running_var': is NaN at index 5");
        assertThat(other).isEmptyDirectory();
    }
}
