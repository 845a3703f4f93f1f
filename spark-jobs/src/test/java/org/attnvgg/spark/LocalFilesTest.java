package org.attnvgg.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalFilesTest {

    private final FileSystem files = files();

    @TempDir
    private java.nio.file.Path folder;

    private static FileSystem files() {
        Configuration hadoop = new Configuration();
        hadoop.set("fs.file.impl", LocalFiles.class.getName());
        try {
            return FileSystem.newInstance(java.net.URI.create("file:///"), hadoop);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"640, rw-r-----", "755, rwxr-xr-x", "1777, rwxrwxrwx"})
    void permissionsAreThoseAskedFor(String octal, String symbols) throws IOException {
        java.nio.file.Path file = Files.createFile(folder.resolve("file"));
        files.setPermission(new Path(file.toUri()), new FsPermission(octal));
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString(symbols));
    }

    @Test
    void aNewFileHasThePermissionsThatHadoopGivesIt() throws IOException {
        java.nio.file.Path file = folder.resolve("deeper/file");
        files.create(new Path(file.toUri()), new FsPermission("600"), true, 4096, (short) 1, 4096, null)
                .close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }
}
