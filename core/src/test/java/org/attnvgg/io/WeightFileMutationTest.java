package org.attnvgg.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.attnvgg.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of damaged and forged weight files. Each is refused in one line that names it, or read: within a second or so
 * in all, and within the memory that the file itself takes.
 */
@Timeout(120)
class WeightFileMutationTest {

    private static final long SEED = 19;
    private static final int MUTANTS = 600;

    private static final List<String> NUMBERS = List.of(
            "-1",
            "-0",
            "1.5",
            "1e2",
            "\"4\"",
            "null",
            "true",
            "9223372036854775807",
            "9223372036854775808",
            "4294967296",
            "00",
            "[]",
            "{}",
            "NaN",
            "");

    private static final String INSTRUCTIONS =
            "NNNN\u0088\u0089KMJGXU(}])t\u0085\u0086\u0087qrhjcQRbsuae.0\u008a\u0080";

    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Pattern TOKEN = Pattern.compile("\"[^\"]*\"|[\\[\\]{},:]|\\d+");

    @TempDir
    private Path folder;

    private final Random random = new Random(SEED);
    private int read;
    private int refused;

    /** Reads a file to the end; one that is refused says why in one line. Returns null if it was. */
    private Map<String, StoredTensor> attempt(Path file) throws IOException {
        try {
            Map<String, StoredTensor> tensors = WeightFiles.tensors(file);
            for (StoredTensor tensor : tensors.values()) {
                assertThat((long) tensor.values().length)
                        .isEqualTo(StoredTensor.elements(file, tensor.name(), tensor.shape()));
            }
            read++;
            return tensors;
        } catch (WeightFileException e) {
            assertThat(e).hasMessageStartingWith(file + ": ");
            assertThat(e.getMessage().chars()).noneMatch(Character::isISOControl);
            assertThat(e.getMessage().length()).isLessThan(file.toString().length() + 700);
            refused++;
            return null;
        }
    }

    private byte[] mutant(byte[] whole) {
        byte[] bytes = whole.clone();
        int at = random.nextInt(bytes.length);
        int length = Math.min(bytes.length - at, 1 + random.nextInt(40));
        switch (random.nextInt(6)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> Arrays.fill(bytes, at, at + length, (byte) (random.nextBoolean() ? 0xff : 0));
            case 3 -> System.arraycopy(whole, random.nextInt(whole.length - length + 1), bytes, at, length);
            case 4 -> bytes = spliced(whole, at, length, new byte[0]);
            default -> bytes = spliced(whole, at, 0, Arrays.copyOfRange(whole, at, at + length));
        }
        return bytes;
    }

    private static byte[] spliced(byte[] whole, int at, int out, byte[] in) {
        return ByteBuffer.allocate(whole.length - out + in.length)
                .put(whole, 0, at)
                .put(in)
                .put(whole, at + out, whole.length - at - out)
                .array();
    }

    @Test
    void aZipWithAnyChangeHasTheSameValuesOrIsRefused() throws IOException {
        Path original = Golden.file("interop/state_dict.zip.pth");
        byte[] whole = Files.readAllBytes(original);
        Map<String, StoredTensor> expected = WeightFiles.tensors(original);
        Path file = folder.resolve("mutant.pth");
        for (int i = 0; i < MUTANTS; i++) {
            Files.write(file, mutant(whole));
            Map<String, StoredTensor> tensors = attempt(file);
            if (tensors != null) {
                assertThat(tensors.keySet()).isEqualTo(expected.keySet());
                for (Map.Entry<String, StoredTensor> tensor : tensors.entrySet()) {
                    float[] values = expected.get(tensor.getKey()).values();
                    assertThat(Arrays.equals(tensor.getValue().values(), values))
                            .isTrue();
                }
            }
        }
        assertThat(refused).isGreaterThan(MUTANTS / 2);
        assertThat(read).isPositive();
    }

    @Test
    void aForgedPickleInAWholeZipIsReadOrRefused() throws IOException {
        TorchZip zip = TorchZip.of(Golden.file("interop/state_dict.zip.pth"));
        byte[] pickle = zip.get(zip.pickle());
        Path file = folder.resolve("mutant.pth");
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = i % 2 == 0 ? mutant(pickle) : otherInstructions(pickle);
            zip.put(zip.pickle(), mutant);
            attempt(zip.write(file));
        }
        assertThat(refused).isGreaterThan(MUTANTS / 2);
        assertThat(read).isPositive();
    }

    /** A few bytes that are instructions of the reader, and some that are not. */
    private byte[] otherInstructions(byte[] pickle) {
        byte[] bytes = pickle.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) INSTRUCTIONS.charAt(random.nextInt(INSTRUCTIONS.length()));
        }
        return bytes;
    }

    @Test
    void aLegacyCheckpointWithAnyChangeIsReadOrRefused() throws IOException {
        byte[] whole = Files.readAllBytes(Golden.file("interop/state_dict.legacy.pth"));
        byte[] pickles = Arrays.copyOf(whole, 1200);
        Path file = folder.resolve("mutant.pth");
        for (int i = 0; i < MUTANTS; i++) {
            byte[] start = i % 2 == 0 ? mutant(pickles) : otherInstructions(pickles);
            Files.write(file, spliced(whole, 0, pickles.length, start));
            attempt(file);
        }
        assertThat(refused).isGreaterThan(MUTANTS / 3);
        assertThat(read).isPositive();
    }

    @Test
    void aSafetensorsFileWithAnyChangeOfItsHeaderIsReadOrRefused() throws IOException {
        byte[] whole = Files.readAllBytes(Golden.file("interop/state_dict.safetensors"));
        int length = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
        String header = new String(whole, 8, length, StandardCharsets.UTF_8);
        byte[] data = Arrays.copyOfRange(whole, 8 + length, whole.length);
        Path file = folder.resolve("mutant.safetensors");
        for (int i = 0; i < MUTANTS; i++) {
            byte[] text = i % 2 == 0
                    ? mutant(header.getBytes(StandardCharsets.UTF_8))
                    : changed(header).getBytes(StandardCharsets.UTF_8);
            ByteBuffer bytes =
                    ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
            Files.write(file, bytes.putLong(text.length).put(text).put(data).array());
            Map<String, StoredTensor> tensors = attempt(file);
            if (tensors != null) {
                long sum = tensors.values().stream()
                        .mapToLong(tensor -> StoredTensor.elements(file, tensor.name(), tensor.shape())
                                * tensor.type().bytes())
                        .sum();
                assertThat(sum).as("bytes of the tensors").isEqualTo(data.length);
            }
        }
        assertThat(refused).isGreaterThan(MUTANTS / 2);
        assertThat(read).isPositive();
    }

    /** A header with another number, or with a token left out or repeated. */
    private String changed(String header) {
        boolean number = random.nextBoolean();
        Matcher matcher = (number ? NUMBER : TOKEN).matcher(header);
        int chosen = random.nextInt((int) matcher.results().count());
        matcher.reset();
        for (int i = 0; i <= chosen; i++) {
            matcher.find();
        }
        String token = matcher.group();
        String other = number ? NUMBERS.get(random.nextInt(NUMBERS.size())) : random.nextBoolean() ? "" : token + token;
        return header.substring(0, matcher.start()) + other + header.substring(matcher.end());
    }

    @Test
    void aSafetensorsFileWithAnyChangeIsReadOrRefused() throws IOException {
        byte[] whole = Files.readAllBytes(Golden.file("interop/state_dict.safetensors"));
        Path file = folder.resolve("mutant.safetensors");
        for (int i = 0; i < MUTANTS; i++) {
            Files.write(file, mutant(i % 2 == 0 ? whole : Arrays.copyOf(whole, 64)));
            attempt(file);
        }
        assertThat(refused).isPositive();
        assertThat(read).isPositive();
    }
}
