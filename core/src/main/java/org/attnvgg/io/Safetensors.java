package org.attnvgg.io;

import com.google.gson.JsonObject;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.attnvgg.io.SafetensorsHeader.Entry;

/**
 * The safetensors format (https://github.com/huggingface/safetensors#format): 8 bytes of header length, a JSON header,
 * and the tensors' bytes without gaps.
 */
public final class Safetensors {

    /** Of the header's length, before it. */
    private static final int LENGTH_BYTES = 8;

    private Safetensors() {}

    /** A file's tensors by name, and what it says of itself beside them. */
    public record Content(Map<String, StoredTensor> tensors, Map<String, String> metadata) {}

    /** The tensors of a file of weights, after checking that they fill it without overlap. */
    static Map<String, StoredTensor> read(Path file) throws IOException {
        return read(file, WeightFileLimits.HEADER_BYTES).tensors();
    }

    /** Tensors and metadata of a file whose header has at most {@code mostHeaderBytes}. */
    public static Content read(Path file, int mostHeaderBytes) throws IOException {
        long size = Files.size(file);
        byte[] text = headerText(file, size, mostHeaderBytes);
        SafetensorsHeader header = SafetensorsHeader.parse(file, text);
        requireContiguous(file, header.entries(), size - LENGTH_BYTES - text.length);
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (Entry entry : header.entries()) {
            tensors.put(entry.name(), tensor(file, entry, LENGTH_BYTES + text.length));
        }
        return new Content(tensors, header.metadata());
    }

    private static byte[] headerText(Path file, long size, int most) throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            if (size < LENGTH_BYTES) {
                throw new WeightFileException(file, "%d bytes: too short for a safetensors file".formatted(size));
            }
            long length = Long.reverseBytes(in.readLong());
            if (length < 2 || length > size - LENGTH_BYTES) {
                throw new WeightFileException(
                        file,
                        "header of %s bytes in a file of %d: not a safetensors file, or a truncated one"
                                .formatted(Long.toUnsignedString(length), size));
            }
            if (length > most) {
                throw new WeightFileException(
                        file, "header of %,d bytes; at most %,d are read".formatted(length, most));
            }
            return in.readNBytes((int) length);
        }
    }

    /** Every byte of the data belongs to one tensor. */
    private static void requireContiguous(Path file, List<Entry> entries, long dataBytes) {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        for (Entry entry : sorted) {
            if (entry.begin() != end || entry.end() < entry.begin()) {
                throw new WeightFileException(
                        file,
                        entry.name(),
                        "data_offsets [%d, %d]; expected it to begin at %d, where the tensor before it ends"
                                .formatted(entry.begin(), entry.end(), end));
            }
            end = entry.end();
        }
        if (end != dataBytes) {
            throw new WeightFileException(
                    file, "%d bytes of tensors in a file with room for %d".formatted(end, dataBytes));
        }
    }

    private static StoredTensor tensor(Path file, Entry entry, long dataStart) {
        DType type = DType.ofSafetensors(entry.dtype())
                .orElseThrow(() -> new WeightFileException(
                        file, entry.name(), "dtype " + entry.dtype() + "; expected F32, F64, F16, BF16 or I64"));
        long elements = StoredTensor.elements(file, entry.name(), entry.shape());
        long bytes = entry.end() - entry.begin();
        if (bytes % type.bytes() != 0 || bytes / type.bytes() != elements) {
            throw new WeightFileException(
                    file,
                    entry.name(),
                    "data_offsets [%d, %d] hold %d bytes; %s of shape %s takes %d values of %d"
                            .formatted(
                                    entry.begin(),
                                    entry.end(),
                                    bytes,
                                    entry.dtype(),
                                    entry.shape(),
                                    elements,
                                    type.bytes()));
        }
        long start = dataStart + entry.begin();
        StorageBytes storage = new StorageBytes(file, entry.name(), start, bytes, ByteOrder.LITTLE_ENDIAN);
        return new StoredTensor(storage, entry.name(), type, entry.shape(), 0);
    }

    /** Writes one int64 scalar for each counter, then float32 tensors, and metadata. */
    public static void write(
            Path file,
            Map<String, float[]> tensors,
            Map<String, List<Long>> shapes,
            Map<String, Long> counters,
            Map<String, String> properties)
            throws IOException {
        JsonObject header = new JsonObject();
        JsonObject metadata = new JsonObject();
        metadata.addProperty("format", "pt");
        properties.forEach(metadata::addProperty);
        header.add(SafetensorsHeader.METADATA, metadata);
        long offset = 0;
        // int64 first keeps every tensor aligned to its own size.
        for (String name : counters.keySet()) {
            offset = addEntry(header, name, "I64", List.of(), offset, Long.BYTES);
        }
        for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
            long bytes = (long) tensor.getValue().length * Float.BYTES;
            offset = addEntry(header, tensor.getKey(), "F32", shapes.get(tensor.getKey()), offset, bytes);
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        byte[] text = Arrays.copyOf(json, (json.length + 7) / 8 * 8); // aligned to 8, with spaces
        Arrays.fill(text, json.length, text.length, (byte) ' ');
        try (var out = Files.newByteChannel(
                file, java.nio.file.StandardOpenOption.CREATE_NEW, java.nio.file.StandardOpenOption.WRITE)) {
            out.write(littleEndian(8).putLong(text.length).flip());
            out.write(ByteBuffer.wrap(text));
            for (long counter : counters.values()) {
                out.write(littleEndian(8).putLong(counter).flip());
            }
            for (float[] values : tensors.values()) {
                ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
                bytes.asFloatBuffer().put(values);
                out.write(bytes);
            }
        }
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long addEntry(
            JsonObject header, String name, String dtype, List<Long> shape, long begin, long bytes) {
        JsonObject entry = new JsonObject();
        entry.addProperty("dtype", dtype);
        var dimensions = new com.google.gson.JsonArray();
        shape.forEach(dimensions::add);
        entry.add("shape", dimensions);
        var offsets = new com.google.gson.JsonArray();
        offsets.add(begin);
        offsets.add(begin + bytes);
        entry.add("data_offsets", offsets);
        header.add(name, entry);
        return begin + bytes;
    }
}
