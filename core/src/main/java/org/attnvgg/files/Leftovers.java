package org.attnvgg.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Temporary folders of processes of this user that live no more. */
final class Leftovers {

    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

    /** A folder without a lock is about to get one, unless it is as old as this. */
    private static final Duration UNLOCKED = Duration.ofDays(1);

    private final Path base;
    private final FolderOwnership ownership;

    Leftovers(Path base, FolderOwnership ownership) {
        this.base = base;
        this.ownership = ownership;
    }

    /** Deletes them; what cannot be deleted stays. */
    void clear(Path own) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(base, TempFolders.PREFIX + "*")) {
            for (Path folder : folders) {
                if (!folder.equals(own)) {
                    clearIfDead(folder);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.debug("cannot look for old temporary folders in {}", base, e);
        }
    }

    private void clearIfDead(Path folder) {
        try {
            if (!ownership.isPrivate(folder)) {
                return;
            }
            Path lock = folder.resolve(TempFolders.LOCK);
            if (!Files.isRegularFile(lock)) {
                Instant changed = Files.getLastModifiedTime(folder).toInstant();
                if (changed.isBefore(Instant.now().minus(UNLOCKED))) {
                    delete(folder);
                }
                return;
            }
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                    FileLock free = channel.tryLock()) {
                if (free != null) {
                    delete(folder);
                }
            }
        } catch (IOException | OverlappingFileLockException e) {
            LOG.debug("cannot clear away {}", folder, e);
        }
    }

    /** Deletes a folder with all that is in it, or as much as can be deleted. */
    static void deleteQuietly(Path folder) {
        try {
            delete(folder);
        } catch (IOException e) {
            LOG.debug("cannot delete {}", folder, e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        }
    }
}
