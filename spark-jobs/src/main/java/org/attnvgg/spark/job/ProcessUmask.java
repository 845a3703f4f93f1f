package org.attnvgg.spark.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.permission.FsPermission;

/** The umask that this process was started with, which Java does not tell and Hadoop does not ask for. */
final class ProcessUmask {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String FIELD = "Umask:";
    private static final int OCTAL = 8;

    private ProcessUmask() {}

    /** The permission bits that new files must not have; empty where the system does not say. */
    static Optional<Integer> bits() {
        if (!Files.isReadable(STATUS)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith(FIELD))
                    .map(line -> Integer.valueOf(line.substring(FIELD.length()).strip(), OCTAL))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A copy of these settings of Hadoop with this process's umask. */
    static Configuration in(Configuration hadoop) {
        Configuration copy = new Configuration(hadoop);
        bits().ifPresent(bits -> copy.set(FsPermission.UMASK_LABEL, octal(bits)));
        return copy;
    }

    /** Hadoop's umask with this process's added, so that nothing gets more permissions than either leaves. */
    static Optional<String> addedTo(Configuration hadoop) {
        int configured = FsPermission.getUMask(hadoop).toShort();
        return bits().map(bits -> bits | configured)
                .filter(both -> both != configured)
                .map(ProcessUmask::octal);
    }

    /** Hadoop takes three digits or four. */
    private static String octal(int bits) {
        return "%03o".formatted(bits);
    }
}
