package org.attnvgg.io;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipException;
import org.attnvgg.io.TensorUnpickler.Storage;
import org.attnvgg.io.TensorUnpickler.View;

/**
 * A {@code state_dict} that {@code torch.save} wrote: the zip format since PyTorch 1.6, and the legacy format before it
 * (five pickles, then the storages, which are little-endian on every machine). No code of the file is run, see {@link
 * TensorUnpickler}.
 */
final class PyTorchCheckpoint {

    private static final int ZIP_SIGNATURE = 0x504b0304;

    private final Path file;
    private final long size;
    private final Map<String, StorageBytes> storages = new HashMap<>();

    private PyTorchCheckpoint(Path file, long size) {
        this.file = file;
        this.size = size;
    }

    /** The tensors of a file. */
    static Map<String, StoredTensor> read(Path file) throws IOException {
        PyTorchCheckpoint checkpoint = new PyTorchCheckpoint(file, Files.size(file));
        try {
            return checkpoint.tensors(isZip(file) ? checkpoint.readZip() : checkpoint.readLegacy());
        } catch (EOFException e) {
            throw new WeightFileException(file, "ends in the middle: a truncated checkpoint, or not one");
        } catch (ZipException e) {
            throw new WeightFileException(file, "not a readable zip archive: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new WeightFileException(file, "not a state_dict of tensors: " + e.getMessage());
        } catch (ClassCastException | NullPointerException | ArithmeticException e) {
            throw new WeightFileException(file, "not a state_dict of tensors: something else stands where it should");
        }
    }

    private static boolean isZip(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            return in.readInt() == ZIP_SIGNATURE;
        }
    }

    private Object readZip() throws IOException {
        PyTorchArchive.Content archive = PyTorchArchive.read(file);
        storages.putAll(archive.storages());
        return archive.object();
    }

    private Object readLegacy() throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "r")) {
            // Buffered reading runs ahead: where the pickles end is counted, not asked of the file.
            CountingInputStream in = new CountingInputStream(
                    new BufferedInputStream(Channels.newInputStream(raw.getChannel())), Long.MAX_VALUE);
            TensorUnpickler.read(in); // magic number
            Object protocol = TensorUnpickler.read(in);
            if (!Long.valueOf(1001).equals(protocol)) {
                throw new IllegalArgumentException("a legacy checkpoint of another protocol than 1001");
            }
            TensorUnpickler.read(in); // system information
            final Object object = TensorUnpickler.read(in);
            Map<String, Integer> widths = new HashMap<>();
            collectWidths(object, widths);
            List<?> keys = (List<?>) TensorUnpickler.read(in);
            if (keys.size() > WeightFileLimits.ZIP_ENTRIES) {
                throw new IllegalArgumentException("it has %,d storages".formatted(keys.size()));
            }
            long position = in.count();
            for (Object key : keys) {
                position = locate(raw, (String) key, position, widths.getOrDefault(key, 1));
            }
            return object;
        } catch (ArithmeticException | ClassCastException e) {
            throw new IllegalArgumentException("a malformed list of storages", e);
        }
    }

    /** Records where a storage lies: the number of its elements, then these; returns where it ends. */
    private long locate(RandomAccessFile raw, String key, long position, int width) throws IOException {
        raw.seek(position);
        long elements = Long.reverseBytes(raw.readLong());
        long start = position + Long.BYTES;
        if (elements < 0 || elements > (size - start) / width) {
            throw new EOFException();
        }
        StorageBytes storage = new StorageBytes(file, key, start, elements * width, ByteOrder.LITTLE_ENDIAN);
        if (storages.put(key, storage) != null) {
            throw new IllegalArgumentException("storage '" + key + "' stands there twice");
        }
        return start + elements * width;
    }

    private static void collectWidths(Object object, Map<String, Integer> widths) {
        if (object instanceof Map<?, ?> map) {
            for (Object value : map.values()) {
                if (value instanceof View view) {
                    widths.put(view.storage().key(), view.storage().type().bytes());
                }
            }
        }
    }

    private Map<String, StoredTensor> tensors(Object object) {
        if (!(object instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("its object is no dictionary");
        }
        if (map.size() > WeightFileLimits.TENSORS) {
            throw new WeightFileException(
                    file, "more than %,d tensors; AttnVGG has about 100".formatted(WeightFileLimits.TENSORS));
        }
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = (String) entry.getKey();
            if (!(entry.getValue() instanceof View view)) {
                throw new WeightFileException(file, name, "is no tensor: expected a state_dict");
            }
            tensors.put(name, tensor(name, view));
        }
        return tensors;
    }

    private StoredTensor tensor(String name, View view) {
        long elements = StoredTensor.elements(file, name, view.shape());
        requireCOrder(name, view);
        Storage storage = view.storage();
        StorageBytes bytes = storages.get(storage.key());
        long available = bytes == null ? -1 : bytes.length();
        long width = storage.type().bytes();
        if (view.offset() < 0 || view.offset() > available / width || elements > available / width - view.offset()) {
            throw new WeightFileException(
                    file,
                    name,
                    "%d values at %d of storage '%s', which holds %d bytes"
                            .formatted(elements, view.offset(), storage.key(), available));
        }
        return new StoredTensor(bytes, name, storage.type(), List.copyOf(view.shape()), view.offset() * width);
    }

    private void requireCOrder(String name, View view) {
        List<Long> shape = view.shape();
        List<Long> strides = view.stride();
        long stride = 1;
        boolean inOrder = strides.size() == shape.size();
        for (int d = shape.size() - 1; inOrder && d >= 0; d--) {
            inOrder = shape.get(d) == 1 || strides.get(d) == stride;
            stride *= shape.get(d);
        }
        if (!inOrder) {
            throw new WeightFileException(
                    file, name, "strides " + strides + " of shape " + shape + "; expected C order");
        }
    }
}
