package org.attnvgg.weights;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The safetensors format (https://github.com/huggingface/safetensors#format): 8 bytes of header length, a JSON header,
 * and the tensors' bytes without gaps.
 */
final class Safetensors {

    private static final long MAX_HEADER_BYTES = 100_000_000; // the format's own limit

    private Safetensors() {}

    /** The tensors of a file, after checking that they fill it without overlap. */
    static Map<String, StoredTensor> read(Path file) throws IOException {
        Header header = header(file);
        return tensors(file, header.json, header.dataStart, header.fileSize);
    }

    /** What a file says of itself beside its tensors. */
    static Map<String, String> metadata(Path file) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        JsonElement entry = header(file).json.get("__metadata__");
        if (entry != null && entry.isJsonObject()) {
            entry.getAsJsonObject()
                    .entrySet()
                    .forEach(pair -> metadata.put(pair.getKey(), pair.getValue().getAsString()));
        }
        return metadata;
    }

    private record Header(JsonObject json, long dataStart, long fileSize) {}

    private static Header header(Path file) throws IOException {
        long size = Files.size(file);
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            if (size < 8) {
                throw new WeightFileException(file, "%d bytes: too short for a safetensors file".formatted(size));
            }
            long headerLength = Long.reverseBytes(in.readLong());
            if (headerLength < 2 || headerLength > Math.min(size - 8, MAX_HEADER_BYTES)) {
                throw new WeightFileException(
                        file,
                        "header of %s bytes in a file of %d: not a safetensors file, or a truncated one"
                                .formatted(Long.toUnsignedString(headerLength), size));
            }
            byte[] header = in.readNBytes((int) headerLength);
            return new Header(parse(file, header), 8 + headerLength, size);
        }
    }

    private static JsonObject parse(Path file, byte[] header) {
        try {
            return JsonParser.parseString(new String(header, StandardCharsets.UTF_8))
                    .getAsJsonObject();
        } catch (JsonParseException | IllegalStateException | StackOverflowError e) {
            throw new WeightFileException(file, "the header is not a JSON object");
        }
    }

    private static Map<String, StoredTensor> tensors(Path file, JsonObject header, long dataStart, long size) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        Map<Long, Long> ranges = new java.util.TreeMap<>();
        for (Map.Entry<String, JsonElement> entry : header.entrySet()) {
            if (!entry.getKey().equals("__metadata__")) {
                StoredTensor tensor = tensor(file, entry.getKey(), entry.getValue(), dataStart, ranges);
                tensors.put(tensor.name(), tensor);
            }
        }
        long end = 0;
        for (Map.Entry<Long, Long> range : ranges.entrySet()) {
            if (range.getKey() != end) {
                throw new WeightFileException(
                        file,
                        "bytes %d to %d of the data belong to no tensor, or to two".formatted(end, range.getKey()));
            }
            end = range.getValue();
        }
        if (dataStart + end != size) {
            throw new WeightFileException(
                    file, "%d bytes of tensors in a file with room for %d".formatted(end, size - dataStart));
        }
        return tensors;
    }

    private static StoredTensor tensor(
            Path file, String name, JsonElement json, long dataStart, Map<Long, Long> ranges) {
        try {
            JsonObject entry = json.getAsJsonObject();
            String dtype = entry.get("dtype").getAsString();
            ElementType type = ElementType.ofSafetensors(dtype)
                    .orElseThrow(() -> new WeightFileException(
                            file, name, "dtype " + dtype + "; expected F32, F64, F16, BF16 or I64"));
            List<Long> shape = new ArrayList<>();
            entry.getAsJsonArray("shape").forEach(dimension -> shape.add(dimension.getAsLong()));
            long begin = entry.getAsJsonArray("data_offsets").get(0).getAsLong();
            long end = entry.getAsJsonArray("data_offsets").get(1).getAsLong();
            long expected = Math.multiplyExact(StoredTensor.elements(file, name, shape), (long) type.bytes());
            if (begin < 0 || end < begin || end - begin != expected) {
                throw new WeightFileException(
                        file,
                        name,
                        "data_offsets [%d, %d]; %s of shape %s takes %d bytes"
                                .formatted(begin, end, dtype, shape, expected));
            }
            if (expected > 0 && ranges.putIfAbsent(begin, end) != null) {
                throw new WeightFileException(file, name, "shares its bytes with another tensor");
            }
            return new StoredTensor(file, name, type, List.copyOf(shape), dataStart + begin);
        } catch (IllegalStateException
                | NullPointerException
                | NumberFormatException
                | UnsupportedOperationException
                | IndexOutOfBoundsException
                | ArithmeticException e) {
            throw new WeightFileException(file, name, "needs a dtype, a shape and two data_offsets, but is " + json);
        }
    }

    /** Writes one int64 scalar for each counter, then float32 tensors, and metadata. */
    static void write(
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
        header.add("__metadata__", metadata);
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
