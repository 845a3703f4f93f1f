package org.attnvgg.io;

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
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightFilesTest {

    private static final NetworkLayout NARROW = NetworkLayout.of(new NetworkConfig(0.125, 224, true, 0));

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
        Weights written = WeightInitializer.of(NARROW, 3);
        Path file = folder.resolve("model.safetensors");
        WeightFiles.write(file, NARROW, new Weights(written.trainable(), written.statistics(), 12));
        Weights read = WeightFiles.read(file, NARROW, WeightInitializer.of(NARROW, 4));
        assertThat(Arrays.equals(read.trainable(), written.trainable())).isTrue();
        assertThat(Arrays.equals(read.statistics(), written.statistics())).isTrue();
        assertThat(read.batchesTracked()).isEqualTo(12);
    }

    @Test
    void torchvisionFillsTheConvolutionsAndLeavesTheRest() throws IOException {
        Weights theirs = WeightInitializer.of(NARROW, 3);
        Weights read = WeightFiles.read(torchvisionFile(theirs, Map.of()), NARROW, WeightInitializer.of(NARROW, 4));
        Weights ours = WeightInitializer.of(NARROW, 4);
        for (TensorSpec tensor : NARROW.tensors()) {
            Weights expected = tensor.name().startsWith("conv_block") ? theirs : ours;
            assertThat(Arrays.equals(tensor.slice(read.vectorOf(tensor)), tensor.slice(expected.vectorOf(tensor))))
                    .as(tensor.name())
                    .isTrue();
        }
    }

    @Test
    void anUnknownLayerIsNamed() throws IOException {
        Path file = torchvisionFile(WeightInitializer.of(NARROW, 3), Map.of("features.44.weight", new float[1]));
        assertThatThrownBy(() -> WeightFiles.read(file, NARROW, WeightInitializer.of(NARROW, 4)))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("'features.44.weight'")
                .hasMessageContaining("vgg16_bn");
    }

    @Test
    void aMissingTensorIsNamed() throws IOException {
        Path file = folder.resolve("some.safetensors");
        Safetensors.write(file, Map.of("cls.bias", new float[1]), Map.of("cls.bias", List.of(1L)), Map.of(), Map.of());
        assertThatThrownBy(() -> WeightFiles.read(file, NARROW, WeightInitializer.of(NARROW, 4)))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("'conv_block1.0.weight': is missing; expected a tensor of shape [8, 3, 3, 3]");
    }

    @Test
    void anotherWidthIsNamed() throws IOException {
        NetworkLayout wider = NetworkLayout.of(new NetworkConfig(0.25, 224, true, 0));
        Path file = folder.resolve("wide.safetensors");
        WeightFiles.write(file, wider, WeightInitializer.of(wider, 3));
        assertThatThrownBy(() -> WeightFiles.read(file, NARROW, WeightInitializer.of(NARROW, 4)))
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
                "{",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1e0],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4.5]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775809],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"shape\":[1]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"\\u0061\":7}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}{}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[2,2]}}",
                "{\"__metadata__\":{\"a\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                "{'a':{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                "{\"\u00a0\":"
            })
    void aMalformedSafetensorsHeaderIsAnErrorThatNamesTheFile(String header) throws IOException {
        Path file = withHeader(header);
        assertThatThrownBy(() -> WeightFiles.tensors(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageStartingWith(file + ": ");
    }

    /** A safetensors file of four bytes of data. */
    private Path withHeader(String header) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + 4).order(ByteOrder.LITTLE_ENDIAN);
        return Files.write(
                folder.resolve("made.safetensors"),
                bytes.putLong(text.length).put(text).array());
    }

    @Test
    void aHeaderSaysWhatItShouldHaveSaid() throws IOException {
        assertRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}",
                "tensor 'a': its shape has 1.5; expected a whole number from 0 to 2^63 - 1");
        assertRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}",
                "tensor 'a': its shape has 9223372036854775808; expected a whole number from 0 to 2^63 - 1");
        assertRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":7}",
                "tensor 'a': stands twice in the header");
        assertRefused(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
                "tensor 'b': data_offsets [2, 6]; expected it to begin at 4, where the tensor before it ends");
        assertRefused(
                "{\"a\\nb\":{\"dtype\":\"F32\",\"shape\":[1]}}",
                "tensor 'a\\u000ab': needs dtype, shape and data_offsets");
    }

    private void assertRefused(String header, String message) throws IOException {
        Path file = withHeader(header);
        assertThatThrownBy(() -> WeightFiles.tensors(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageStartingWith(file + ": " + message);
    }

    @Test
    void aHeaderOverAMegabyteOrAThousandTensorsIsRefusedWhateverItHolds() throws IOException {
        assertRefused("[".repeat(1_000_001), "header of 1,000,001 bytes; at most 1,000,000 are read");
        assertRefused("[".repeat(500_000), "the header is not a JSON object");
        assertRefused("{\"a\":" + "[".repeat(500_000), "tensor 'a': needs dtype");
        assertRefused("{\"__metadata__\":" + "{\"a\":".repeat(100_000), "tensor '__metadata__': must be texts by name");
        StringBuilder many = new StringBuilder("{");
        for (int i = 0; i <= 1000; i++) {
            many.append("\"t%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},".formatted(i));
        }
        assertRefused(many + "\"x\":", "more than 1,000 tensors");
    }

    @Test
    void aHeaderThatIsNotUtf8IsRefused() throws IOException {
        Path file = withHeader("{\"?\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}");
        byte[] bytes = Files.readAllBytes(file);
        bytes[10] = (byte) 0xff;
        Files.write(file, bytes);
        assertThatThrownBy(() -> WeightFiles.tensors(file)).hasMessage(file + ": the header is not UTF-8");
    }

    @ParameterizedTest
    @CsvSource({
        "conv_block1.1.running_var, 3, -1, 'is -1.0 at index 3; expected a finite number, 0 or more'",
        "conv_block5.7.running_var, 0, NaN, 'is NaN at index 0; expected a finite number, 0 or more'",
        "conv_block1.1.running_mean, 7, Infinity, 'is Infinity at index 7; expected a finite number'",
        "conv_block1.0.weight, 28, NaN, 'is NaN at index [1, 0, 0, 1]; expected a finite number'",
        "attn2.phi.bias, 0, -Infinity, 'is -Infinity at index 0; expected a finite number'"
    })
    void aValueThatNoWeightMayHaveIsNamed(String name, int index, float value, String message) throws IOException {
        Weights weights = WeightInitializer.of(NARROW, 3);
        TensorSpec tensor = NARROW.tensor(name);
        weights.vectorOf(tensor)[tensor.offset() + index] = value;
        Path file = folder.resolve("spoilt.safetensors");
        WeightFiles.write(file, NARROW, weights);
        assertThatThrownBy(() -> WeightFiles.read(file, NARROW, WeightInitializer.of(NARROW, 4)))
                .isInstanceOf(WeightFileException.class)
                .hasMessage(file + ": tensor '" + name + "': " + message);
        assertThat(WeightValues.problem(NARROW, weights)).contains("tensor '" + name + "': " + message);
        assertThat(WeightValues.problem(NARROW, WeightInitializer.of(NARROW, 3)))
                .isEmpty();
    }

    @Test
    void aRunningVarianceOfZeroIsAllowed() throws IOException {
        Weights weights = WeightInitializer.of(NARROW, 3);
        TensorSpec tensor = NARROW.tensor("conv_block1.1.running_var");
        weights.vectorOf(tensor)[tensor.offset()] = 0;
        Path file = folder.resolve("zero.safetensors");
        WeightFiles.write(file, NARROW, weights);
        assertThat(WeightFiles.read(file, NARROW, WeightInitializer.of(NARROW, 4))
                        .statistics())
                .containsExactly(weights.statistics());
    }

    @Test
    void aCheckpointOfABigEndianMachineHasTheSameValues() throws IOException {
        Path little = Golden.file("interop/state_dict.zip.pth");
        TorchZip zip = TorchZip.of(little);
        for (StoredTensor tensor : WeightFiles.tensors(little).values()) {
            zip.swapBytes(tensor.bytes().name(), tensor.type().bytes());
        }
        zip.put("byteorder", "big".getBytes(StandardCharsets.US_ASCII));
        Map<String, StoredTensor> swapped = WeightFiles.tensors(zip.write(folder.resolve("big.pth")));
        for (Map.Entry<String, StoredTensor> tensor :
                WeightFiles.tensors(little).entrySet()) {
            assertThat(swapped.get(tensor.getKey()).values())
                    .as(tensor.getKey())
                    .containsExactly(tensor.getValue().values());
        }

        zip.put("byteorder", "middle".getBytes(StandardCharsets.US_ASCII));
        Path unknown = zip.write(folder.resolve("unknown.pth"));
        assertThatThrownBy(() -> WeightFiles.tensors(unknown))
                .hasMessage(unknown + ": entry byteorder says 'middle'; expected 'little' or 'big'");
    }

    @Test
    void aDamagedEntryOfACheckpointIsNamed() throws IOException {
        byte[] bytes = Files.readAllBytes(Golden.file("interop/state_dict.zip.pth"));
        StoredTensor tensor =
                WeightFiles.tensors(Golden.file("interop/state_dict.zip.pth")).get("features.0.weight");
        byte[] start = tensor.bytes().open(0).readNBytes(16);
        int at = 0;
        while (!Arrays.equals(bytes, at, at + start.length, start, 0, start.length)) {
            at++;
        }
        bytes[at + 1000] ^= 1;
        Path file = Files.write(folder.resolve("damaged.pth"), bytes);
        assertThatThrownBy(() -> WeightFiles.tensors(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageStartingWith(file + ": entry " + tensor.bytes().name() + " has the CRC-32 ")
                .hasMessageEndingWith("it is damaged; copy or save it again");
    }

    @ParameterizedTest
    @CsvSource({
        // an append to a tuple, an object that was never kept, a string of 2 GB, no mark, nothing
        "'\u0080\u0002)Na.', a malformed pickle",
        "'\u0080\u0002h\u0007.', it takes object 7",
        "'\u0080\u0002X\u00ff\u00ff\u00ff\u007f', 'a string of 2,147,483,647 bytes'",
        "'\u0080\u0002e.', a malformed pickle",
        "'\u0080\u0002\u0080\u0002.', a malformed pickle"
    })
    void aPickleThatMakesNoSenseIsRefused(String pickle, String message) throws IOException {
        Path file = Files.write(folder.resolve("odd.pth"), pickle.getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> WeightFiles.tensors(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageStartingWith(file + ": not a state_dict of tensors: " + message);
    }

    /** Whatever of a tensor's parts is None. */
    @Test
    void aTensorThatLacksAPartIsRefused() throws IOException {
        TorchZip zip = TorchZip.of(Golden.file("interop/state_dict.zip.pth"));
        byte[] pickle = zip.get(zip.pickle());
        Path file = folder.resolve("none.pth");
        for (int i = 0; i < pickle.length; i++) {
            byte[] changed = pickle.clone();
            changed[i] = 'N';
            zip.put(zip.pickle(), changed);
            zip.write(file);
            try {
                for (StoredTensor tensor : WeightFiles.tensors(file).values()) {
                    assertThat(tensor.values()).isNotNull();
                }
            } catch (WeightFileException e) {
                assertThat(e).hasMessageStartingWith(file + ": ");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"]", "(", "]a", "}", "N"})
    void aPickleThatNeverEndsIsRefusedBeforeItFillsTheHeap(String instruction) throws IOException {
        Path file = Files.writeString(folder.resolve("endless.pth"), "]" + instruction.repeat(1_100_000));
        assertThatThrownBy(() -> WeightFiles.tensors(file))
                .isInstanceOf(WeightFileException.class)
                .hasMessageContaining("a pickle of over a million instructions");
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
