package org.attnvgg.weights;

import java.io.DataInput;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the pickles that PyTorch writes for a {@code state_dict}, and builds nothing but tensors, dictionaries, lists and
 * numbers. A pickle is a program: this one knows the instructions that such files hold and may call only the names in
 * {@link #CALLABLE}; anything else ends the reading. Format: CPython's {@code pickletools}.
 */
final class TensorPickle {

    /** A reference to a class or function, never looked up. */
    record Name(String qualified) {}

    /** A storage as a persistent id names it. */
    record Storage(ElementType type, String key, long elements) {}

    /** A view of a storage. */
    record View(Storage storage, long offset, List<Long> shape, List<Long> stride) {}

    private static final Set<String> CALLABLE = Set.of(
            "collections.OrderedDict",
            "torch._utils._rebuild_tensor",
            "torch._utils._rebuild_tensor_v2",
            "torch._utils._rebuild_parameter");

    private static final Object MARK = new Object();
    private static final int MAX_STACK = 1_000_000;

    private final DataInput in;
    private final long maxString;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();

    private TensorPickle(DataInput in, long maxString) {
        this.in = in;
        this.maxString = maxString;
    }

    /**
     * The object of the next pickle.
     *
     * @param maxString most bytes of a string: the size of the file
     * @throws IllegalArgumentException if it holds anything but tensors; says what
     */
    static Object read(DataInput in, long maxString) throws IOException {
        try {
            return new TensorPickle(in, maxString).run();
        } catch (ClassCastException | IndexOutOfBoundsException | ArithmeticException | NullPointerException e) {
            throw new IllegalArgumentException("a malformed pickle", e);
        }
    }

    private Object run() throws IOException {
        while (true) {
            int opcode = in.readUnsignedByte();
            if (opcode == '.') {
                return pop();
            }
            step(opcode);
            if (stack.size() > MAX_STACK || memo.size() > MAX_STACK) {
                throw new IllegalArgumentException("a pickle of over a million objects");
            }
        }
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
            case 'h' -> push(memo.get(in.readUnsignedByte()));
            case 'j' -> push(memo.get(Integer.reverseBytes(in.readInt())));
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
            map.put(pairs.get(i), pairs.get(i + 1));
        }
    }

    private void appendAll(List<Object> values) {
        @SuppressWarnings("unchecked")
        List<Object> list = (List<Object>) top();
        list.addAll(values);
    }

    private long long1() throws IOException {
        byte[] bytes = new byte[in.readUnsignedByte()];
        in.readFully(bytes);
        for (int i = 0; i < bytes.length / 2; i++) {
            byte swap = bytes[i];
            bytes[i] = bytes[bytes.length - 1 - i];
            bytes[bytes.length - 1 - i] = swap;
        }
        return bytes.length == 0 ? 0 : new BigInteger(bytes).longValue();
    }

    private String string(long length) throws IOException {
        if (length > maxString) {
            throw new EOFException("a string of " + length + " bytes in a file of " + maxString);
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

    /** ('storage', torch.FloatStorage, key, location, elements, ...). */
    private static Storage storage(List<?> id) {
        if (!"storage".equals(id.get(0))) {
            throw new IllegalArgumentException("a persistent id that is no storage");
        }
        String type = ((Name) id.get(1)).qualified();
        String simple = type.startsWith("torch.") ? type.substring("torch.".length()) : type;
        ElementType element = ElementType.ofTorchStorage(simple)
                .orElseThrow(() -> new IllegalArgumentException("a storage of type " + type));
        return new Storage(element, (String) id.get(2), (Long) id.get(4));
    }

    private void reduce() {
        List<?> arguments = (List<?>) pop();
        String callable = ((Name) pop()).qualified();
        if (!CALLABLE.contains(callable)) {
            throw new IllegalArgumentException("it would call " + callable + ", which no file of tensors needs");
        }
        switch (callable) {
            case "collections.OrderedDict" -> push(new LinkedHashMap<>());
            case "torch._utils._rebuild_parameter" -> push(arguments.get(0));
            default ->
                push(new View(
                        (Storage) arguments.get(0),
                        (Long) arguments.get(1),
                        numbers(arguments.get(2)),
                        numbers(arguments.get(3))));
        }
    }

    private static List<Long> numbers(Object list) {
        List<Long> numbers = new ArrayList<>();
        for (Object number : (List<?>) list) {
            numbers.add((Long) number);
        }
        return numbers;
    }
}
