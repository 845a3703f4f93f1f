package org.attnvgg.io;

import java.io.DataInput;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Reads the pickles that PyTorch writes for a {@code state_dict}, and builds nothing but tensors, dictionaries, lists and
 * numbers. A pickle is a program: this one knows the instructions that such files hold and may call only the names in
 * {@link #CALLABLE}; anything else ends the reading. Format: CPython's {@code pickletools}.
 */
final class TensorUnpickler {

    /** A reference to a class or function, never looked up. */
    record Name(String qualified) {}

    /** A storage as a persistent id names it. */
    record Storage(DType type, String key, long elements) {}

    /** A view of a storage. */
    record View(Storage storage, long offset, List<Long> shape, List<Long> stride) {}

    private static final Set<String> CALLABLE = Set.of(
            "collections.OrderedDict",
            "torch._utils._rebuild_tensor",
            "torch._utils._rebuild_tensor_v2",
            "torch._utils._rebuild_parameter");

    private static final Object MARK = new Object();

    private final DataInput in;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();

    private TensorUnpickler(DataInput in) {
        this.in = in;
    }

    /**
     * The object of the next pickle.
     *
     * @throws IllegalArgumentException if it holds anything but tensors, or too much; says what
     */
    static Object read(InputStream in) throws IOException {
        InputStream bounded = new CountingInputStream(in, WeightFileLimits.PICKLE_BYTES);
        try {
            return new TensorUnpickler(new DataInputStream(bounded)).run();
        } catch (ClassCastException
                | IndexOutOfBoundsException
                | NullPointerException
                | UnsupportedOperationException e) {
            throw new IllegalArgumentException("a malformed pickle", e);
        }
    }

    private Object run() throws IOException {
        for (int i = 0; i < WeightFileLimits.PICKLE_INSTRUCTIONS; i++) {
            int opcode = in.readUnsignedByte();
            if (opcode == '.') {
                return pop();
            }
            step(opcode);
        }
        throw new IllegalArgumentException("a pickle of over a million instructions");
    }

    private void step(int opcode) throws IOException {
        switch (opcode) {
            case 0x80 -> in.readUnsignedByte(); // PROTO
            case 'N' -> push(null);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'K' -> push((long) in.readUnsignedByte());
            case 'M' -> push((long) Short.toUnsignedInt(Short.reverseBytes(in.readShort())));
            case 'J' -> push((long) Integer.reverseBytes(in.readInt()));
            case 0x8a -> push(long1());
            case 'G' -> push(in.readDouble());
            case 'X' -> push(string(Integer.toUnsignedLong(Integer.reverseBytes(in.readInt()))));
            case 'U' -> push(string(in.readUnsignedByte()));
            case '(' -> push(MARK);
            case '}' -> push(new LinkedHashMap<>());
            case ']' -> push(new ArrayList<>());
            case ')' -> push(List.of());
            case 't' -> push(sinceMark());
            case 0x85 -> push(last(1));
            case 0x86 -> push(last(2));
            case 0x87 -> push(last(3));
            case 'q' -> memo.put(in.readUnsignedByte(), top());
            case 'r' -> memo.put(Integer.reverseBytes(in.readInt()), top());
            case 'h' -> push(remembered(in.readUnsignedByte()));
            case 'j' -> push(remembered(Integer.reverseBytes(in.readInt())));
            case 'c' -> push(new Name(line() + "." + line()));
            case 'Q' -> push(storage((List<?>) pop()));
            case 'R' -> reduce();
            case 'b' -> pop(); // BUILD: attributes of a dictionary, such as _metadata
            case 's' -> putAll(last(2));
            case 'u' -> putAll(sinceMark());
            case 'a' -> appendAll(last(1));
            case 'e' -> appendAll(sinceMark());
            default ->
                throw new IllegalArgumentException(
                        "pickle instruction 0x%02x, which no file of tensors needs".formatted(opcode));
        }
    }

    private void push(Object value) {
        stack.add(value);
    }

    private Object pop() {
        return stack.remove(stack.size() - 1);
    }

    private Object top() {
        return stack.get(stack.size() - 1);
    }

    private Object remembered(int number) {
        if (!memo.containsKey(number)) {
            throw new IllegalArgumentException("it takes object " + number + ", which it never kept");
        }
        return memo.get(number);
    }

    private List<Object> last(int count) {
        List<Object> tail = stack.subList(stack.size() - count, stack.size());
        List<Object> values = new ArrayList<>(tail);
        tail.clear();
        return values;
    }

    private List<Object> sinceMark() {
        int mark = stack.lastIndexOf(MARK);
        List<Object> values = last(stack.size() - mark - 1);
        pop();
        return values;
    }

    private void putAll(List<Object> pairs) {
        @SuppressWarnings("unchecked")
        Map<Object, Object> map = (Map<Object, Object>) top();
        for (int i = 0; i < pairs.size(); i += 2) {
            if (!(pairs.get(i) instanceof String)) {
                throw new IllegalArgumentException("a dictionary whose keys are not names");
            }
            if (map.put(pairs.get(i), pairs.get(i + 1)) != null) {
                throw new IllegalArgumentException("a dictionary with the key '" + pairs.get(i) + "' twice");
            }
        }
    }

    private void appendAll(List<Object> values) {
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) top();
        list.addAll(values);
    }

    /** A number of any length: a {@link Long} if it fits. */
    private Number long1() throws IOException {
        byte[] bytes = new byte[in.readUnsignedByte()];
        in.readFully(bytes);
        for (int i = 0; i < bytes.length / 2; i++) {
            byte swap = bytes[i];
            bytes[i] = bytes[bytes.length - 1 - i];
            bytes[bytes.length - 1 - i] = swap;
        }
        BigInteger number = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
        return number.bitLength() < Long.SIZE ? (Number) number.longValue() : number;
    }

    private String string(long length) throws IOException {
        if (length > WeightFileLimits.STRING_BYTES) {
            throw new IllegalArgumentException("a string of %,d bytes".formatted(length));
        }
        byte[] bytes = new byte[(int) length];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        StringBuilder text = new StringBuilder();
        int c = in.readUnsignedByte();
        while (c != '\n') {
            if (text.length() > 200) {
                throw new IllegalArgumentException("a name of over 200 characters");
            }
            text.append((char) c);
            c = in.readUnsignedByte();
        }
        return text.toString();
    }

    /** ('storage', torch.FloatStorage, key, location, elements), in legacy files then None, or a part of another storage. */
    private static Storage storage(List<?> id) {
        if (!"storage".equals(id.get(0))) {
            throw new IllegalArgumentException("a persistent id that is no storage");
        }
        if (id.size() > 5 && id.get(5) != null) {
            throw new IllegalArgumentException("a storage that is part of another; save it with PyTorch 0.4 or later");
        }
        String type = ((Name) id.get(1)).qualified();
        String simple = type.startsWith("torch.") ? type.substring("torch.".length()) : type;
        DType element = DType.ofTorchStorage(simple)
                .orElseThrow(() -> new IllegalArgumentException("a storage of type " + type));
        return new Storage(element, Objects.requireNonNull((String) id.get(2)), (Long) id.get(4));
    }

    private void reduce() {
        List<?> arguments = (List<?>) pop();
        String callable = ((Name) pop()).qualified();
        if (!CALLABLE.contains(callable)) {
            throw new IllegalArgumentException("it would call " + callable + ", which no file of tensors needs");
        }
        switch (callable) {
            case "collections.OrderedDict" -> {
                if (!arguments.isEmpty()) {
                    throw new IllegalArgumentException("a dictionary that is made from a list");
                }
                push(new LinkedHashMap<>());
            }
            case "torch._utils._rebuild_parameter" -> push(arguments.get(0));
            default ->
                push(new View(
                        Objects.requireNonNull((Storage) arguments.get(0)),
                        (Long) arguments.get(1),
                        numbers(arguments.get(2)),
                        numbers(arguments.get(3))));
        }
    }

    private static List<Long> numbers(Object list) {
        List<Long> numbers = new ArrayList<>();
        for (Object number : (List<?>) list) {
            numbers.add(Objects.requireNonNull((Long) number));
        }
        if (numbers.size() > WeightFileLimits.DIMENSIONS) {
            throw new IllegalArgumentException("a tensor of %d dimensions".formatted(numbers.size()));
        }
        return numbers;
    }
}
