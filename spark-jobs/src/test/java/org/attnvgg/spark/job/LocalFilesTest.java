package org.attnvgg.spark.job;

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

    /** The program of a process with a umask of its own: makes a file and a folder, as tables are made. */
    public static final class Maker {

        private Maker() {}

        /** Makes them in that folder. */
        public static void main(String[] arguments) throws IOException {
            FileSystem files = files();
            Path folder = new Path(arguments[0], "table");
            files.mkdirs(folder);
            files.create(new Path(folder, "part")).close();
            files.create(new Path(folder, "deeper/part")).close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "022, rw-r--r--, rwxr-xr-x",
        "077, rw-------, rwx------",
        "027, rw-r-----, rwxr-x---",
        "002, rw-rw-r--, rwxrwxr-x"
    })
    void theUmaskOfTheProcessHolds(String umask, String file, String directory) throws Exception {
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "umask " + umask + " && exec \"$@\"",
                        "sh",
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Maker.class.getName(),
                        folder.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
        for (String name : new String[] {"table/part", "table/.part.crc", "table/deeper/part"}) {
            assertThat(permissions(name)).as(name).isEqualTo(file);
        }
        for (String name : new String[] {"table", "table/deeper"}) {
            assertThat(permissions(name)).as(name).isEqualTo(directory);
        }
    }

    private String permissions(String name) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name)));
    }
}
