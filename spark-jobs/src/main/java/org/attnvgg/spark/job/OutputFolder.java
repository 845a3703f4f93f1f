package org.attnvgg.spark.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where a job writes: into a staging folder beside the output, which becomes the output when the job is done. An output
 * that exists is refused, or replaced whole; never added to.
 */
public final class OutputFolder implements AutoCloseable {

    private final FileSystem files;
    private final Path target;
    private final Path staging;
    private final boolean overwrite;

    /**
     * Checks the target.
     *
     * @param key the setting that named it, for the error
     * @param landmark what every output of this job holds: nothing else is ever replaced
     * @throws JobException if it exists and is not to be replaced
     */
    public OutputFolder(String key, String folder, String landmark, boolean overwrite, Configuration conf) {
        this.overwrite = overwrite;
        try {
            Path path = new Path(folder);
            files = path.getFileSystem(conf);
            target = files.makeQualified(path);
            staging = new Path(target.getParent(), "." + target.getName() + ".staging-" + UUID.randomUUID());
            if (!overwrite && files.exists(target)) {
                throw new JobException(
                        key + " = " + folder + " exists; choose another, or replace it whole with --overwrite");
            }
            if (files.exists(target) && !files.exists(new Path(target, landmark))) {
                throw new JobException(key + " = " + folder + " exists and holds no " + landmark
                        + ", so this job did not write it; --overwrite does not replace it");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(key + " = " + folder, e);
        } catch (IllegalArgumentException e) {
            throw new JobException(key + " = " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Where to write meanwhile. */
    public String staging() {
        return staging.toString();
    }

    /** Something in there. */
    public String staging(String name) {
        return new Path(staging, name).toString();
    }

    /** Copies a local folder's content into the staging folder. */
    public void copyIn(java.nio.file.Path localFolder) throws IOException {
        files.mkdirs(staging);
        files.setWriteChecksum(false); // no .crc files beside a model's
        try (var children = java.nio.file.Files.list(localFolder)) {
            for (java.nio.file.Path child : children.sorted().toList()) {
                files.copyFromLocalFile(
                        new Path(child.toUri()),
                        new Path(staging, child.getFileName().toString()));
            }
        }
    }

    /** Makes what was written the output; returns where it is. */
    public String publish() {
        try {
            if (overwrite) {
                files.delete(target, true);
            }
            if (!files.rename(staging, target)) {
                throw new JobException("could not move " + staging + " to " + target
                        + ": does it exist by now, or is its folder not writable?");
            }
            return target.toString();
        } catch (IOException e) {
            throw new UncheckedIOException("publishing " + target, e);
        }
    }

    /** Removes what was not published. */
    @Override
    public void close() {
        try {
            files.delete(staging, true);
        } catch (IOException e) {
            throw new UncheckedIOException("removing " + staging, e);
        }
    }
}
