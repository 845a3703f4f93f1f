package org.attnvgg.spark.job;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local file system, which without Hadoop's native library starts a process for the permissions of every file. New
 * files and folders get the permissions that this process's umask leaves, where Hadoop would take its own 022.
 */
public final class LocalFiles extends LocalFileSystem {

    /** Whether this process's umask counts; false where a user has set Hadoop's own. */
    static final String BY_PROCESS = "attnvgg.process-umask";

    /** Made by Hadoop. */
    public LocalFiles() {
        super(new RawLocalFileSystem() {
            @Override
            public void setPermission(Path path, FsPermission permission) throws IOException {
                String symbols = permission.getUserAction().SYMBOL
                        + permission.getGroupAction().SYMBOL
                        + permission.getOtherAction().SYMBOL;
                Files.setPosixFilePermissions(pathToFile(path).toPath(), PosixFilePermissions.fromString(symbols));
            }
        });
    }

    @Override
    public void initialize(URI name, Configuration conf) throws IOException {
        super.initialize(name, conf.getBoolean(BY_PROCESS, true) ? ProcessUmask.in(conf) : conf);
    }
}
