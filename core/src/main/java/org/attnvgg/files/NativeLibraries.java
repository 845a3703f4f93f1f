package org.attnvgg.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where OpenCV, libtorch and JNA's library are unpacked: in a folder that only this user can write. JavaCPP and DJL would
 * otherwise fall back to folders of the temporary folder whose names anyone can foresee, and load what lies there.
 */
public final class NativeLibraries {

    private static final Logger LOG = LoggerFactory.getLogger(NativeLibraries.class);

    private static final String ENGINE_CACHE = "ENGINE_CACHE_DIR";
    private static final String DJL_CACHE = "DJL_CACHE_DIR";
    private static final String JAVACPP_CACHE = "org.bytedeco.javacpp.cachedir";
    private static final String JNA_FOLDER = "jna.tmpdir";

    /** DJL's own folder in its cache. */
    private static final String ENGINE = "pytorch";

    private static boolean decided;

    private final FolderOwnership ownership;
    private final List<String> objections = new ArrayList<>();
    private boolean kept = true;

    private NativeLibraries(FolderOwnership ownership) {
        this.ownership = ownership;
    }

    /**
     * Decides it, once in a JVM and before anything touches JavaCPP, DJL or JNA.
     *
     * @throws IllegalStateException if the environment names a folder in which others can write
     */
    public static synchronized void keepSafe() {
        if (decided) {
            return;
        }
        try {
            new NativeLibraries(FolderOwnership.ofThisUser()).decide();
            decided = true;
        } catch (IOException e) {
            throw new UncheckedIOException("no folder can be made to unpack native libraries in", e);
        }
    }

    private void decide() throws IOException {
        Path home = Path.of(System.getProperty("user.home", "?"));
        List<Path> homes = home.isAbsolute() ? List.of(home) : List.of();
        Optional<Path> named = named();
        if (named.isEmpty()) {
            Path engine =
                    firstSafe(homes.stream().map(path -> path.resolve(".djl.ai").resolve(ENGINE)), ENGINE);
            System.setProperty(ENGINE_CACHE, engine.getParent().toString());
        }
        String javacpp = System.getProperty(JAVACPP_CACHE);
        Stream<Path> caches = Stream.concat(
                homes.stream().map(path -> path.resolve(".javacpp/cache")),
                named.stream().map(path -> path.resolve("javacpp")));
        Path cache = firstSafe(javacpp == null ? caches : Stream.of(Path.of(javacpp)), "javacpp");
        System.setProperty(JAVACPP_CACHE, cache.toString());
        String jna = System.getProperty(JNA_FOLDER);
        if (jna == null || !isSafe(Path.of(jna))) {
            System.setProperty(JNA_FOLDER, TempFolders.named("jna").toString());
        }
        if (!kept) {
            LOG.warn(
                    "native libraries are unpacked for this process alone ({}); to keep them, name a folder that only this"
                            + " user can write by {} in the environment",
                    objections.isEmpty() ? "this user has no home folder" : String.join("; ", objections),
                    DJL_CACHE);
        }
    }

    /** The folder that DJL is told to use. DJL heeds the environment first, so that an unsafe folder there cannot be mended. */
    private Optional<Path> named() {
        for (String key : List.of(ENGINE_CACHE, DJL_CACHE)) {
            String environment = System.getenv(key);
            String value = environment == null ? System.getProperty(key) : environment;
            if (value != null && !value.isEmpty()) {
                if (isSafe(Path.of(value).resolve(ENGINE))) {
                    return Optional.of(Path.of(value));
                }
                if (environment != null) {
                    throw new IllegalStateException(
                            "%s = %s cannot hold native libraries: %s; name a folder that only this"
                                            .formatted(key, value, objections.get(objections.size() - 1))
                                    + " user can write, or take the others' permissions away with chmod -R go-w");
                }
            }
        }
        return Optional.empty();
    }

    /** The first of these that is safe, else a new one that goes with the process. */
    private Path firstSafe(Stream<Path> folders, String name) throws IOException {
        for (Path folder : folders.toList()) {
            if (isSafe(folder)) {
                return folder;
            }
        }
        kept = false;
        Path parent = TempFolders.create("native");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Leftovers.deleteQuietly(parent)));
        return Files.createDirectory(parent.resolve(name));
    }

    /** Whether a folder, made if it is not there, can hold native libraries; if not, the objection is noted. */
    private boolean isSafe(Path folder) {
        try {
            Optional<String> objection = ownership.objection(folder);
            if (objection.isEmpty()) {
                Files.createDirectories(folder, Permissions.PRIVATE);
                // Another user may have been quicker where the parent is open to all.
                objection = ownership.objection(folder);
            }
            if (objection.isEmpty()) {
                objection = Files.isWritable(folder)
                        ? ownership.objectionBelow(folder)
                        : Optional.of(folder + " is not writable");
            }
            objection.ifPresent(objections::add);
            return objection.isEmpty();
        } catch (IOException e) {
            objections.add(folder + " cannot be used: " + e);
            return false;
        }
    }
}
