package org.attnvgg.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The temporary folders of this process: all in one folder that only this user can enter and whose name nobody can foresee.
 * What killed processes of this user left there is cleared away on first use. A process holds a lock on a file in its folder
 * for as long as it lives, so that its folder is not taken for a dead one's, whatever container it runs in.
 */
public final class TempFolders {

    private static final Logger LOG = LoggerFactory.getLogger(TempFolders.class);

    static final String PREFIX = "attnvgg-";
    static final String LOCK = ".attnvgg-lock";

    /** How names of files end that outlive a killed process. */
    static final String LASTING = ".lasting";

    /** The folder that the launcher made for this process, which is then its {@code java.io.tmpdir} too. */
    private static final String GIVEN = "attnvgg.tmpdir";

    private static Path own;

    /** Kept for the life of the process. */
    private static FileLock held;

    private TempFolders() {}

    /** A new, empty folder, whose name begins with that. Its user deletes it. */
    public static Path create(String name) throws IOException {
        return Files.createTempDirectory(own(), name + "-");
    }

    /** The process's folder of that name, made on first use; at exit it goes if it is empty by then. */
    public static synchronized Path named(String name) throws IOException {
        Path folder = own().resolve(name);
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder, Permissions.PRIVATE);
            folder.toFile().deleteOnExit();
        }
        return folder;
    }

    /**
     * A file in the process's folder that stays for {@link #ofKilledProcesses} if the process is killed. One that ends in
     * good order takes it along.
     */
    public static Path lasting(String name) throws IOException {
        Path file = own().resolve(name + LASTING);
        file.toFile().deleteOnExit();
        return file;
    }

    /** The {@link #lasting} files of that name that killed processes of this user have left in the last days. */
    public static List<Path> ofKilledProcesses(String name) throws IOException {
        Path own = own();
        return new Leftovers(own.getParent(), FolderOwnership.ofThisUser()).lasting(own, name + LASTING);
    }

    /** Takes the folder that the launcher made, if it did, so that it goes with the process even if nothing needs it. */
    public static void claim() {
        try {
            if (System.getProperty(GIVEN) != null) {
                own();
            }
        } catch (IOException e) {
            LOG.debug("cannot take the temporary folder {}", System.getProperty(GIVEN), e); // who needs one says so
        }
    }

    /** The process's own folder. */
    public static synchronized Path own() throws IOException {
        if (own == null || !Files.isDirectory(own)) {
            FolderOwnership ownership = FolderOwnership.ofThisUser();
            String given = System.getProperty(GIVEN);
            boolean usable = given != null && Files.isDirectory(Path.of(given)) && ownership.isPrivate(Path.of(given));
            Path base = usable ? Path.of(given).getParent() : Path.of(System.getProperty("java.io.tmpdir"));
            own = usable ? locked(Path.of(given)) : null;
            while (own == null) {
                own = locked(Files.createTempDirectory(base, PREFIX));
            }
            new Leftovers(base, ownership).clear(own);
        }
        return own;
    }

    /** Takes a folder for this process; null if another process has just cleared it away. */
    private static Path locked(Path folder) throws IOException {
        Path file = folder.resolve(LOCK);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            held = channel.lock();
        } catch (NoSuchFileException e) {
            return null;
        }
        if (!Files.exists(file)) {
            held.channel().close();
            return null;
        }
        // Java deletes in the reverse order, after all that is registered from now on.
        folder.toFile().deleteOnExit();
        file.toFile().deleteOnExit();
        return folder;
    }
}
