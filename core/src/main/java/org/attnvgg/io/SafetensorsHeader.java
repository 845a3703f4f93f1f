package org.attnvgg.io;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The JSON header of a safetensors file. It is read token by token against what the format allows, so that a header which
 * is deep, repeats a key or has a fraction for a size is refused where that stands.
 */
final class SafetensorsHeader {

    static final String METADATA = "__metadata__";

    private static final Pattern WHOLE_NUMBER = Pattern.compile("0|[1-9][0-9]{0,18}");
    private static final String ENTRY = "needs dtype, shape and data_offsets, each once and nothing else";

    private final Path file;
    private final JsonReader json;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();

    /** What the header says of one tensor; begin and end count from the first byte after the header. */
    record Entry(String name, String dtype, List<Long> shape, long begin, long end) {}

    private SafetensorsHeader(Path file, Reader text) {
        this.file = file;
        json = new JsonReader(text);
        json.setStrictness(Strictness.STRICT);
    }

    /**
     * Reads a header.
     *
     * @throws WeightFileException if it breaks a rule of the format or holds too much
     */
    static SafetensorsHeader parse(Path file, byte[] text) {
        var decoder = StandardCharsets.UTF_8.newDecoder();
        try (Reader reader = new InputStreamReader(new ByteArrayInputStream(text), decoder)) {
            SafetensorsHeader header = new SafetensorsHeader(file, reader);
            header.read();
            return header;
        } catch (CharacterCodingException e) {
            throw new WeightFileException(file, "the header is not UTF-8");
        } catch (MalformedJsonException | EOFException | IllegalStateException | NumberFormatException e) {
            throw new WeightFileException(file, "the header is not a JSON object");
        } catch (IOException e) {
            throw new AssertionError("bytes in memory can be read", e);
        }
    }

    /** What the file says of itself beside its tensors. */
    Map<String, String> metadata() {
        return metadata;
    }

    /** The tensors, in the order of the header. */
    List<Entry> entries() {
        return entries;
    }

    private void read() throws IOException {
        if (json.peek() != JsonToken.BEGIN_OBJECT) {
            throw new WeightFileException(file, "the header is not a JSON object");
        }
        Set<String> names = new HashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            if (!names.add(name)) {
                throw new WeightFileException(file, name, "stands twice in the header");
            }
            if (name.equals(METADATA)) {
                readMetadata();
            } else if (entries.size() == WeightFileLimits.TENSORS) {
                throw new WeightFileException(
                        file, "more than %,d tensors; AttnVGG has about 100".formatted(WeightFileLimits.TENSORS));
            } else {
                entries.add(entry(name));
            }
        }
        json.endObject();
        if (json.peek() != JsonToken.END_DOCUMENT) {
            throw new WeightFileException(file, "the header goes on after its JSON object");
        }
    }

    private void readMetadata() throws IOException {
        if (json.peek() == JsonToken.NULL) {
            json.nextNull();
            return;
        }
        expect(METADATA, JsonToken.BEGIN_OBJECT, "must be texts by name");
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            expect(METADATA, JsonToken.STRING, "must be texts by name");
            if (metadata.put(key, json.nextString()) != null) {
                throw new WeightFileException(file, METADATA, "has '" + key + "' twice");
            }
        }
        json.endObject();
    }

    private Entry entry(String name) throws IOException {
        String dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        expect(name, JsonToken.BEGIN_OBJECT, ENTRY);
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            if (key.equals("dtype") && dtype == null) {
                expect(name, JsonToken.STRING, "its dtype must be a text");
                dtype = json.nextString();
            } else if (key.equals("shape") && shape == null) {
                shape = numbers(name, key, WeightFileLimits.DIMENSIONS);
            } else if (key.equals("data_offsets") && offsets == null) {
                offsets = numbers(name, key, 2);
            } else {
                throw new WeightFileException(file, name, ENTRY + "; found '" + key + "'");
            }
        }
        json.endObject();
        if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
            throw new WeightFileException(file, name, ENTRY + ", data_offsets of two numbers");
        }
        return new Entry(name, dtype, shape, offsets.get(0), offsets.get(1));
    }

    private List<Long> numbers(String name, String key, int most) throws IOException {
        expect(name, JsonToken.BEGIN_ARRAY, "its " + key + " must be a list of whole numbers");
        json.beginArray();
        List<Long> numbers = new ArrayList<>();
        while (json.hasNext()) {
            if (numbers.size() == most) {
                throw new WeightFileException(file, name, "its %s has more than %d numbers".formatted(key, most));
            }
            expect(name, JsonToken.NUMBER, "its " + key + " must be a list of whole numbers");
            numbers.add(wholeNumber(name, key, json.nextString()));
        }
        json.endArray();
        return List.copyOf(numbers);
    }

    private long wholeNumber(String name, String key, String text) {
        if (WHOLE_NUMBER.matcher(text).matches()) {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                // 19 digits, but more than 2^63 - 1: refused below
            }
        }
        throw new WeightFileException(
                file, name, "its %s has %s; expected a whole number from 0 to 2^63 - 1".formatted(key, text));
    }

    private void expect(String name, JsonToken token, String otherwise) throws IOException {
        if (json.peek() != token) {
            throw new WeightFileException(file, name, otherwise);
        }
    }
}
