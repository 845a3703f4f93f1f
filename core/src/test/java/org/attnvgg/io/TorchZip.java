package org.attnvgg.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** The entries of a zip that {@code torch.save} wrote, to be changed and written again with their right CRC-32s. */
final class TorchZip {

    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    static TorchZip of(Path file) throws IOException {
        TorchZip copy = new TorchZip();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                copy.entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        return copy;
    }

    /** The name of the pickle. */
    String pickle() {
        return entries.keySet().stream()
                .filter(name -> name.endsWith("/data.pkl"))
                .findFirst()
                .orElseThrow();
    }

    byte[] get(String entry) {
        return entries.get(entry);
    }

    /** Puts an entry into the archive's folder, or in place of one. */
    void put(String entry, byte[] bytes) {
        String root = pickle().substring(0, pickle().lastIndexOf('/') + 1);
        entries.put(entry.startsWith(root) ? entry : root + entry, bytes);
    }

    /** Reverses the bytes of every number of {@code width} bytes. */
    void swapBytes(String entry, int width) {
        byte[] from = entries.get(entry);
        byte[] swapped = new byte[from.length];
        for (int i = 0; i < from.length; i++) {
            swapped[i] = from[i / width * width + width - 1 - i % width];
        }
        entries.put(entry, swapped);
    }

    Path write(Path file) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                CRC32 crc = new CRC32();
                crc.update(entry.getValue());
                ZipEntry stored = new ZipEntry(entry.getKey());
                stored.setMethod(ZipEntry.STORED);
                stored.setSize(entry.getValue().length);
                stored.setCrc(crc.getValue());
                zip.putNextEntry(stored);
                zip.write(entry.getValue());
            }
        }
        return file;
    }
}
