package org.attnvgg.weights;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.attnvgg.weights.TensorPickle.Storage;
import org.attnvgg.weights.TensorPickle.View;

/**
 * A {@code state_dict} that {@code torch.save} wrote: the zip format since PyTorch 1.6, and the legacy format before it
 * (five pickles, then the storages). No code of the file is run, see {@link TensorPickle}.
 */
final class TorchCheckpoint {

    private static final int ZIP_SIGNATURE = 0x504b0304;
    private static final int LOCAL_HEADER_BYTES = 30;

    private final Path file;
    private final long size;
    private final Map<String, Long> storagePositions = new HashMap<>();
    private final Map<String, Long> storageBytes = new HashMap<>();

    private TorchCheckpoint(Path file, long size) {
        this.file = file;
        this.size = size;
    }

    /** The tensors of a file. */
    static Map<String, StoredTensor> read(Path file) throws IOException {
        TorchCheckpoint checkpoint = new TorchCheckpoint(file, Files.size(file));
        try {
            Object object = isZip(file) ? checkpoint.readZip() : checkpoint.readLegacy();
            return checkpoint.tensors(object);
        } catch (EOFException e) {
            throw new WeightFileException(file, "ends in the middle: a truncated checkpoint, or not one");
        } catch (ZipException e) {
            throw new WeightFileException(file, "not a readable zip archive: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new WeightFileException(file, "not a state_dict of tensors: " + e.getMessage());
        }
    }

    private static boolean isZip(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            return in.readInt() == ZIP_SIGNATURE;
        }
    }

    private Object readZip() throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry pickle = null;
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (entry.getMethod() != ZipEntry.STORED || entry.getSize() > size) {
                    throw new WeightFileException(file, "entry " + entry.getName() + " is compressed; expected stored");
                }
                if (entry.getName().endsWith("/data.pkl")) {
                    pickle = entry;
                }
            }
            if (pickle == null) {
                throw new WeightFileException(file, "no entry data.pkl: not a PyTorch checkpoint");
            }
            String root = pickle.getName().substring(0, pickle.getName().length() - "data.pkl".length());
            locateStorages(root + "data/");
            try (InputStream in = zip.getInputStream(pickle)) {
                return TensorPickle.read(new DataInputStream(new BufferedInputStream(in)), size);
            }
        }
    }

    /** Walks the local headers of a zip of stored entries: the JDK's reader does not tell where an entry's data lies. */
    private void locateStorages(String prefix) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "r");
                ZipFile zip = new ZipFile(file.toFile())) {
            Map<String, Long> headers = CentralDirectory.localHeaders(raw);
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (entry.getName().startsWith(prefix)) {
                    long header = headers.getOrDefault(entry.getName(), size);
                    if (header + LOCAL_HEADER_BYTES > size) {
                        throw new ZipException("entry " + entry.getName() + " lies outside the file");
                    }
                    raw.seek(header + 26);
                    int name = Short.toUnsignedInt(Short.reverseBytes(raw.readShort()));
                    int extra = Short.toUnsignedInt(Short.reverseBytes(raw.readShort()));
                    String key = entry.getName().substring(prefix.length());
                    storagePositions.put(key, header + LOCAL_HEADER_BYTES + name + extra);
                    storageBytes.put(key, entry.getSize());
                }
            }
        }
    }

    private Object readLegacy() throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "r")) {
            // Buffered reading runs ahead: where the pickles end is counted, not asked of the file.
            CountingInputStream counted =
                    new CountingInputStream(new BufferedInputStream(Channels.newInputStream(raw.getChannel())));
            DataInputStream in = new DataInputStream(counted);
            TensorPickle.read(in, size); // magic number
            Object protocol = TensorPickle.read(in, size);
            if (!Long.valueOf(1001).equals(protocol)) {
                throw new IllegalArgumentException("a legacy checkpoint of another protocol than 1001");
            }
            TensorPickle.read(in, size); // system information
            final Object object = TensorPickle.read(in, size);
            Map<String, Integer> widths = new HashMap<>();
            collectWidths(object, widths);
            List<?> keys = (List<?>) TensorPickle.read(in, size);
            long position = counted.count();
            for (Object key : keys) {
                raw.seek(position);
                long elements = Long.reverseBytes(raw.readLong());
                long bytes = Math.multiplyExact(elements, (long) widths.getOrDefault(key, 1));
                storagePositions.put((String) key, position + Long.BYTES);
                storageBytes.put((String) key, bytes);
                position = Math.addExact(position + Long.BYTES, bytes);
                if (elements < 0 || position > size) {
                    throw new EOFException();
                }
            }
            return object;
        } catch (ArithmeticException | ClassCastException e) {
            throw new IllegalArgumentException("a malformed list of storages", e);
        }
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
        Storage storage = view.storage();
        long elements = StoredTensor.elements(file, name, view.shape());
        long stride = 1;
        for (int d = view.shape().size() - 1; d >= 0; d--) {
            if (view.shape().get(d) != 1
                    && (d >= view.stride().size() || view.stride().get(d) != stride)) {
                throw new WeightFileException(
                        file, name, "strides " + view.stride() + " of shape " + view.shape() + "; expected C order");
            }
            stride *= view.shape().get(d);
        }
        long available = storageBytes.getOrDefault(storage.key(), -1L);
        long width = storage.type().bytes();
        if (view.offset() < 0
                || view.offset() > size
                || elements > size
                || (view.offset() + elements) * width > available) {
            throw new WeightFileException(
                    file,
                    name,
                    "%d values at %d of storage '%s', which holds %d bytes"
                            .formatted(elements, view.offset(), storage.key(), available));
        }
        long position = storagePositions.get(storage.key()) + view.offset() * width;
        if (position + elements * width > size) {
            throw new WeightFileException(file, name, "lies past the end of the file");
        }
        return new StoredTensor(file, name, storage.type(), List.copyOf(view.shape()), position);
    }
}
