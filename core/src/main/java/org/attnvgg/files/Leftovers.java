package org.attnvgg.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Temporary folders of processes of this user that live no more. */
final class Leftovers {

    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

    /** An empty folder without a lock is about to get one, unless it is as old as this. */
    private static final Duration UNLOCKED = Duration.ofDays(1);

    /** How long files stay that are to outlive their process. */
    private static final Duration LASTING = Duration.ofDays(30);

    private final Path base;
    private final FolderOwnership ownership;

    Leftovers(Path base, FolderOwnership ownership) {
        this.base = base;
        this.ownership = ownership;
    }

    /** What is done with the folder of a process that lives no more. */
    private interface Action {
        void on(Path folder) throws IOException;
    }

    /** Deletes them but for files that are to last; what cannot be deleted stays. */
    void clear(Path own) {
        forEachDead(own, Leftovers::deleteButLasting);
    }

    /** Their files of that name, which lasts. */
    List<Path> lasting(Path own, String name) {
        List<Path> files = new ArrayList<>();
        forEachDead(own, folder -> {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                files.add(file);
            }
        });
        return files;
    }

    private void forEachDead(Path own, Action action) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(base, TempFolders.PREFIX + "*")) {
            for (Path folder : folders) {
                if (!folder.equals(own)) {
                    ifDead(folder, action);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.debug("cannot look for old temporary folders in {}", base, e);
        }
    }

    private void ifDead(Path folder, Action action) {
        try {
            if (!ownership.isPrivate(folder)) {
                return;
            }
            Path lock = folder.resolve(TempFolders.LOCK);
            if (!Files.isRegularFile(lock)) {
                Instant changed = Files.getLastModifiedTime(folder).toInstant();
                if (changed.isBefore(Instant.now().minus(UNLOCKED))) {
                    Files.delete(folder); // which fails if there is something in it: that is not the program's
                }
                return;
            }
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                    FileLock free = channel.tryLock()) {
                if (free != null) {
                    action.on(folder);
                }
            }
        } catch (IOException | OverlappingFileLockException e) {
            LOG.debug("cannot look into {}, or clear it away", folder, e);
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
        delete(folder, path -> true);
    }

    private static void deleteButLasting(Path folder) throws IOException {
        Instant since = Instant.now().minus(LASTING);
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> lasting = files.filter(file -> file.toString().endsWith(TempFolders.LASTING))
                    .filter(file -> file.toFile().lastModified() > since.toEpochMilli())
                    .toList();
            Path lock = folder.resolve(TempFolders.LOCK);
            delete(
                    folder,
                    path -> lasting.isEmpty() || !(lasting.contains(path) || path.equals(lock) || path.equals(folder)));
        }
    }

    private static void delete(Path folder, Predicate<Path> which) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> deepestFirst =
                    all.filter(which).sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        }
    }
}
