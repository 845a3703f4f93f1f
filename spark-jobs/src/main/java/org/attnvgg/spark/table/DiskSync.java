package org.attnvgg.spark.table;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Forces files and folders of a local disk onto it, so that no power cut leaves a name whose content it lost. On other
 * stores a file that was closed is stored.
 */
final class DiskSync {

    private DiskSync() {}

    /** A file, and the checksum file that Hadoop keeps beside it. */
    static void file(FileSystem files, Path file) throws IOException {
        if (isLocal(files)) {
            java.nio.file.Path path = local(file);
            force(path);
            java.nio.file.Path checksum = path.resolveSibling("." + path.getFileName() + ".crc");
            if (Files.exists(checksum)) {
                force(checksum);
            }
        }
    }

    /** A folder and those above it, up to {@code top}: the names in them. */
    static void folders(FileSystem files, Path folder, Path top) throws IOException {
        if (isLocal(files)) {
            java.nio.file.Path end = local(top);
            for (java.nio.file.Path path = local(folder);
                    path != null && path.startsWith(end);
                    path = path.getParent()) {
                force(path);
            }
        }
    }

    private static boolean isLocal(FileSystem files) {
        return files.getUri().getScheme().equals("file");
    }

    private static java.nio.file.Path local(Path path) {
        return java.nio.file.Path.of(path.toUri().getPath());
    }

    private static void force(java.nio.file.Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
