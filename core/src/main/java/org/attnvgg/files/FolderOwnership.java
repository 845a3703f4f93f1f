package org.attnvgg.files;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;

/**
 * Who could change what a folder holds. A folder is this user's own if every folder and link on the way to it belongs to
 * this user or to root, and no other user can write in it or replace a part of the way.
 */
final class FolderOwnership {

    private static final int ROOT = 0;
    private static final int WRITABLE_BY_OTHERS = 0022;
    private static final int ENTERED_BY_OTHERS = 0011;
    private static final int STICKY = 01000;
    private static final int MAX_LINKS = 40;

    private final int user;

    private FolderOwnership(int user) {
        this.user = user;
    }

    /** As this process's user sees it. */
    static FolderOwnership ofThisUser() throws IOException {
        Path self = Path.of("/proc/self");
        if (Files.exists(self)) {
            return new FolderOwnership((Integer) Files.getAttribute(self, "unix:uid"));
        }
        Path probe = Files.createTempFile("attnvgg-user", null);
        try {
            return new FolderOwnership((Integer) Files.getAttribute(probe, "unix:uid"));
        } finally {
            Files.delete(probe);
        }
    }

    private record Entry(int owner, int mode, boolean link, boolean folder) {

        static Entry of(Path path) throws IOException {
            Map<String, Object> values =
                    Files.readAttributes(path, "unix:uid,mode,isSymbolicLink,isDirectory", LinkOption.NOFOLLOW_LINKS);
            return new Entry(
                    (Integer) values.get("uid"),
                    (Integer) values.get("mode"),
                    (Boolean) values.get("isSymbolicLink"),
                    (Boolean) values.get("isDirectory"));
        }

        boolean has(int bits) {
            return (mode & bits) != 0;
        }
    }

    /** Whether a folder is this user's alone, which nobody else can even enter; false for a link. */
    boolean isPrivate(Path folder) throws IOException {
        Entry entry = Entry.of(folder);
        return entry.folder && entry.owner == user && !entry.has(0077);
    }

    /** Why others could change what is in a folder or on the way to it; empty if they cannot. It need not exist. */
    Optional<String> objection(Path folder) throws IOException {
        return way(folder.toAbsolutePath().normalize(), 0);
    }

    private Optional<String> way(Path folder, int links) throws IOException {
        Path at = folder.getRoot();
        for (Path name : folder) {
            at = at.resolve(name);
            Entry entry;
            try {
                entry = Entry.of(at);
            } catch (NoSuchFileException e) {
                return Optional.empty();
            }
            Optional<String> wrong = foreign(at, entry);
            if (wrong.isEmpty() && entry.link) {
                Path target = at.getParent().resolve(Files.readSymbolicLink(at)).resolve(at.relativize(folder));
                return links == MAX_LINKS
                        ? Optional.of(at + " is one of too many symbolic links")
                        : way(target.normalize(), links + 1);
            }
            boolean othersWrite = entry.has(WRITABLE_BY_OTHERS) && (at.equals(folder) || !entry.has(STICKY));
            if (wrong.isEmpty() && othersWrite) {
                wrong = Optional.of(writable(at, entry));
            }
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        return Optional.empty();
    }

    /** Why others could have changed something below a folder that is this user's own; empty if they could not. */
    Optional<String> objectionBelow(Path folder) throws IOException {
        boolean closed = !Entry.of(folder).has(ENTERED_BY_OTHERS);
        Search search = new Search(closed);
        Files.walkFileTree(folder, search);
        return Optional.ofNullable(search.found);
    }

    private final class Search extends SimpleFileVisitor<Path> {

        private final boolean closed;
        private String found;

        Search(boolean closed) {
            this.closed = closed;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
            return visitFile(folder, attributes);
        }

        @Override
        public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
            try {
                Entry entry = Entry.of(path);
                boolean othersWrite = !closed && !entry.link && entry.has(WRITABLE_BY_OTHERS);
                found = foreign(path, entry).orElse(othersWrite ? writable(path, entry) : null);
            } catch (NoSuchFileException e) {
                return FileVisitResult.CONTINUE; // another process of this user has tidied up
            }
            return found == null ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }
    }

    private Optional<String> foreign(Path path, Entry entry) {
        return entry.owner == user || entry.owner == ROOT
                ? Optional.empty()
                : Optional.of("%s belongs to user %d, not to user %d".formatted(path, entry.owner, user));
    }

    private static String writable(Path path, Entry entry) {
        return "other users can write in %s (mode %o)".formatted(path, entry.mode & 07777);
    }
}
