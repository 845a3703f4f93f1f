package org.attnvgg.io;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * The zip that {@code torch.save} writes since PyTorch 1.6: a folder of stored entries, {@code data.pkl} with the object,
 * {@code data/KEY} for each storage, and {@code byteorder}. Every entry is held against its CRC-32 before it is used.
 */
final class PyTorchArchive {

    private static final String PICKLE = "data.pkl";

    private final Path file;
    private final ZipFile zip;
    private final Map<String, ZipArchiveEntry> entries = new HashMap<>();
    private String root;

    private PyTorchArchive(Path file, ZipFile zip) {
        this.file = file;
        this.zip = zip;
    }

    /**
     * What an archive holds.
     *
     * @param object of its pickle
     * @param storages the bytes of each storage, by key
     */
    record Content(Object object, Map<String, StorageBytes> storages) {}

    /**
     * Reads an archive, but for the values of its tensors.
     *
     * @throws ZipException if it is no zip that can be read
     * @throws IllegalArgumentException if its pickle holds anything but tensors
     */
    static Content read(Path file) throws IOException {
        try (ZipFile zip = open(file)) {
            PyTorchArchive archive = new PyTorchArchive(file, zip);
            archive.list();
            for (ZipArchiveEntry entry : archive.entries.values()) {
                archive.check(entry);
            }
            return archive.content();
        }
    }

    /** Opens it; commons-compress says in many ways that a directory is malformed. */
    private static ZipFile open(Path file) throws IOException {
        try {
            return ZipFile.builder().setPath(file).get();
        } catch (IOException | RuntimeException e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            throw (ZipException) new ZipException(reason.getMessage()).initCause(e);
        }
    }

    private void list() {
        for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
            if (entries.put(entry.getName(), entry) != null) {
                throw new WeightFileException(file, "entry " + entry.getName() + " stands twice in the zip archive");
            }
            if (entries.size() > WeightFileLimits.ZIP_ENTRIES) {
                throw new WeightFileException(
                        file, "a zip archive of more than %,d entries".formatted(WeightFileLimits.ZIP_ENTRIES));
            }
            if (entry.getMethod() != ZipArchiveEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
                throw new WeightFileException(file, "entry " + entry.getName() + " is compressed; expected stored");
            }
            if (entry.getName().endsWith("/" + PICKLE)) {
                if (root != null) {
                    throw new WeightFileException(file, "two entries " + PICKLE + ": not a PyTorch checkpoint");
                }
                String name = entry.getName();
                root = name.substring(0, name.length() - PICKLE.length());
            }
        }
        if (root == null) {
            throw new WeightFileException(file, "no entry " + PICKLE + ": not a PyTorch checkpoint");
        }
    }

    private void check(ZipArchiveEntry entry) throws IOException {
        CRC32 crc = new CRC32();
        long length;
        try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), crc)) {
            length = in.transferTo(OutputStream.nullOutputStream());
        }
        if (length != entry.getSize()) {
            throw new EOFException("entry " + entry.getName() + " is cut off");
        }
        if (crc.getValue() != entry.getCrc()) {
            throw new WeightFileException(
                    file,
                    "entry %s has the CRC-32 %08x, but the zip archive says %08x: it is damaged; copy or save it again"
                            .formatted(entry.getName(), crc.getValue(), entry.getCrc()));
        }
    }

    private Content content() throws IOException {
        ByteOrder order = byteOrder();
        String prefix = root + "data/";
        Map<String, StorageBytes> storages = new HashMap<>();
        for (ZipArchiveEntry entry : entries.values()) {
            if (entry.getName().startsWith(prefix)) {
                String key = entry.getName().substring(prefix.length());
                storages.put(
                        key, new StorageBytes(file, entry.getName(), entry.getDataOffset(), entry.getSize(), order));
            }
        }
        try (InputStream in = new BufferedInputStream(zip.getInputStream(entries.get(root + PICKLE)))) {
            return new Content(TensorUnpickler.read(in), storages);
        }
    }

    /** Of the machine that saved the file; PyTorch before 2.1 does not say and ran on little-endian ones. */
    private ByteOrder byteOrder() throws IOException {
        ZipArchiveEntry entry = entries.get(root + "byteorder");
        if (entry == null) {
            return ByteOrder.LITTLE_ENDIAN;
        }
        try (InputStream in = zip.getInputStream(entry)) {
            String order = new String(in.readNBytes(16), StandardCharsets.US_ASCII);
            return switch (order.strip()) {
                case "little" -> ByteOrder.LITTLE_ENDIAN;
                case "big" -> ByteOrder.BIG_ENDIAN;
                default ->
                    throw new WeightFileException(
                            file, "entry byteorder says '" + order + "'; expected 'little' or 'big'");
            };
        }
    }
}
