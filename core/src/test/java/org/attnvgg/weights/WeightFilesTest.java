package org.attnvgg.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.attnvgg.Golden;
import org.attnvgg.model.Initialization;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightFilesTest {

    private static final NetworkLayout NARROW = NetworkLayout.of(new NetworkSettings(0.125, 224, true, 0));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"state_dict.safetensors", "state_dict.zip.pth", "state_dict.legacy.pth"})
    void readsWhatPyTorchWrote(String name) throws IOException {
        Map<String, StoredTensor> tensors = WeightFiles.tensors(Golden.file("interop/" + name));
        assertThat(tensors.keySet())
                .containsExactlyInAnyOrder(
                        "features.0.weight",
                        "features.0.bias",
                        "features.1.running_mean",
                        "features.1.num_batches_tracked");
        assertThat(tensors.get("features.0.weight").shape()).containsExactly(64L, 3L, 3L, 3L);
        assertValues(tensors.get("features.0.weight").values(), 5);
        assertValues(tensors.get("features.0.bias").values(), 6);
        assertValues(tensors.get("features.1.running_mean").values(), 7);
        assertThat(tensors.get("features.1.num_batches_tracked").values()).containsExactly(7f);
    }

    private static void assertValues(float[] values, int t) {
        int seed = Golden.json("golden.json").getAsJsonObject().get("seed").getAsInt();
        for (int k = 0; k < values.length; k++) {
            assertThat(values[k]).isEqualTo((float) Golden.u(t, k, seed));
        }
    }

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        Weights written = Initialization.of(NARROW, 3);
        Path file = folder.resolve("model.safetensors");
        WeightFiles.write(file, NARROW, new Weights(written.trainable(), written.statistics(), 12));
        Weights read = WeightFiles.read(file, NARROW, Initialization.of(NARROW, 4));
        assertThat(Arrays.equals(read.trainable(), written.trainable())).isTrue();
        assertThat(Arrays.equals(read.statistics(), written.statistics())).isTrue();
        assertThat(read.batchesTracked()).isEqualTo(12);
    }

    @Test
    void torchvisionFillsTheConvolutionsAndLeavesTheRest() throws IOException {
        Weights theirs = Initialization.of(NARROW, 3);
        Weights read = WeightFiles.read(torchvisionFile(theirs, Map.of()), NARROW, Initialization.of(NARROW, 4));
        Weights ours = Initialization.of(NARROW, 4);
        for (TensorSpec tensor : NARROW.tensors()) {
            Weights expected = tensor.name().startsWith("conv_block") ? theirs : ours;
            assertThat(Arrays.equals(tensor.slice(read.vectorOf(tensor)), tensor.slice(expected.vectorOf(tensor))))
                    .as(tensor.name())
                    .isTrue();
        }
    }

    @Test
    void anUnknownLayerIsNamed() throws IOException {
        Path file = torchvisionFile(Initialization.of(NARROW, 3), Map.of("features.44.weight", new float[1]));
        assertThatThrownBy(() -> WeightFiles.read(file, NARROW, Initialization.of(NARROW, 4)))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("'features.44.weight'")
                .hasMessageContaining("vgg16_bn");
    }

    @Test
    void aMissingTensorIsNamed() throws IOException {
        Path file = folder.resolve("some.safetensors");
        Safetensors.write(file, Map.of("cls.bias", new float[1]), Map.of("cls.bias", List.of(1L)), Map.of(), Map.of());
        assertThatThrownBy(() -> WeightFiles.read(file, NARROW, Initialization.of(NARROW, 4)))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("'conv_block1.0.weight': is missing; expected a tensor of shape [8, 3, 3, 3]");
    }

    @Test
    void anotherWidthIsNamed() throws IOException {
        NetworkLayout wider = NetworkLayout.of(new NetworkSettings(0.25, 224, true, 0));
        Path file = folder.resolve("wide.safetensors");
        WeightFiles.write(file, wider, Initialization.of(wider, 3));
        assertThatThrownBy(() -> WeightFiles.read(file, NARROW, Initialization.of(NARROW, 4)))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("'conv_block1.0.weight': shape [16, 3, 3, 3]; expected [8, 3, 3, 3]")
                .hasMessageContaining("model.width");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4000000000,4000000000],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}",
                "{\"a\":7}",
                "[1]",
                "{"
            })
    void aMalformedSafetensorsHeaderIsAnErrorThatNamesTheFile(String header) throws IOException {
        Path file = folder.resolve("bad.safetensors");
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        Files.write(
                file,
                ByteBuffer.allocate(8 + text.length + 4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(text.length)
                        .put(text)
                        .array());
        assertThatThrownBy(() -> WeightFiles.tensors(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageStartingWith(file + ": ");
    }

    @Test
    void aHugeHeaderIsRefusedBeforeItIsAllocated() throws IOException {
        Path file = folder.resolve("huge.safetensors");
        Files.write(
                file,
                ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(Long.MAX_VALUE)
                        .array());
        assertThatThrownBy(() -> WeightFiles.tensors(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("header of 9223372036854775807 bytes in a file of 16");
    }

    @Test
    void aPickleThatCallsAnythingElseIsRefused() throws IOException {
        Path file = folder.resolve("evil.pth");
        // os.system("true"), as pickle protocol 2 would run it
        Files.write(file, "\u0080\u0002cos\nsystem\nX\u0004\0\0\0true\u0085R.".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> WeightFiles.tensors(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("it would call os.system");
    }

    @Test
    void aPickleThatHoldsItselfIsRefused() throws IOException {
        Path file = folder.resolve("cycle.pth");
        // a = []; a.append([a]); where a protocol number should stand
        Files.write(file, "\u0080\u0002K\u0001.\u0080\u0002]q\0]h\0aa.".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> WeightFiles.tensors(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("another protocol than 1001");
    }

    @ParameterizedTest
    @ValueSource(strings = {"state_dict.safetensors", "state_dict.zip.pth", "state_dict.legacy.pth"})
    void everyTruncationIsAnErrorThatNamesTheFile(String name) throws IOException {
        byte[] whole = Files.readAllBytes(Golden.file("interop/" + name));
        Path file = folder.resolve(name);
        for (int length = 0; length < whole.length; length += 97) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> WeightFiles.tensors(file))
                    .as(name + " cut at " + length)
                    .isInstanceOf(WeightFileException.class)
                    .hasMessageStartingWith(file + ": ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"state_dict.safetensors", "state_dict.zip.pth", "state_dict.legacy.pth"})
    void noFlippedByteDoesMoreThanFailOrChangeAValue(String name) throws IOException {
        byte[] whole = Files.readAllBytes(Golden.file("interop/" + name));
        Path file = folder.resolve(name);
        for (int i = 0; i < Math.min(whole.length, 1500); i++) {
            byte[] flipped = whole.clone();
            flipped[i] ^= (byte) 0x55;
            Files.write(file, flipped);
            try {
                for (StoredTensor tensor : WeightFiles.tensors(file).values()) {
                    assertThat(tensor.values().length).isLessThanOrEqualTo(whole.length);
                }
            } catch (WeightFileException e) {
                assertThat(e).hasMessageStartingWith(file + ": ");
            }
        }
    }

    private Path torchvisionFile(Weights weights, Map<String, float[]> extra) throws IOException {
        int[] starts = {0, 7, 14, 24, 34};
        Map<String, float[]> values = new LinkedHashMap<>(extra);
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        extra.forEach((name, value) -> shapes.put(name, List.of((long) value.length)));
        for (TensorSpec tensor : NARROW.tensors()) {
            if (tensor.name().startsWith("conv_block")) {
                String[] parts = tensor.name().split("\\.", 3);
                int start = starts[parts[0].charAt("conv_block".length()) - '1'];
                String name = "features." + (start + Integer.parseInt(parts[1])) + "." + parts[2];
                values.put(name, tensor.slice(weights.vectorOf(tensor)));
                shapes.put(name, tensor.shape());
            }
        }
        values.put("classifier.0.bias", new float[3]);
        shapes.put("classifier.0.bias", List.of(3L));
        Path file = folder.resolve("vgg16_bn.safetensors");
        Safetensors.write(file, values, shapes, Map.of(), Map.of());
        return file;
    }
}
