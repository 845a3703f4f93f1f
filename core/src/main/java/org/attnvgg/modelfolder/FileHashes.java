package org.attnvgg.modelfolder;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.attnvgg.io.WeightFileException;

/** SHA-256 of files, and files held against theirs. */
final class FileHashes {

    private FileHashes() {}

    /** The SHA-256 of a file's content, as 64 hexadecimal digits. */
    static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JVM has SHA-256", e);
        }
    }

    /**
     * Checks a file whose SHA-256 something else says.
     *
     * @param expected the hash, or the start of it
     * @param source what says it
     * @return the whole hash
     * @throws WeightFileException if the file is not there, or has another one
     */
    static String require(Path file, String expected, String source) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new WeightFileException(file, "is not there, but " + source + " names it");
        }
        String found = sha256(file);
        if (expected.isEmpty() || !found.startsWith(expected)) {
            throw new WeightFileException(
                    file,
                    "its SHA-256 is %s, but %s says %s: it was damaged or exchanged; copy the model folder again"
                            .formatted(found, source, expected));
        }
        return found;
    }
}
