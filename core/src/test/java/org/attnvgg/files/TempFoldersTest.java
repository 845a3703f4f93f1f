package org.attnvgg.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TempFoldersTest {

    @TempDir
    private Path base;

    @Test
    void aFolderIsNewAndInsideTheProcesssOwnWhichNobodyElseEnters() throws IOException {
        Path folder = TempFolders.create("model");
        assertThat(folder).isEmptyDirectory().isNotEqualTo(TempFolders.create("model"));
        assertThat(folder.getParent()).isEqualTo(TempFolders.own());
        assertThat(folder.getParent().getFileName().toString()).startsWith("attnvgg-");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(TempFolders.own())))
                .isEqualTo("rwx------");
    }

    @Test
    void whatDeadProcessesLeftIsClearedAwayAndNothingElse() throws IOException {
        Path dead = leftover("attnvgg-dead", true);
        Path starting = leftover("attnvgg-starting", false);
        Path abandoned = Files.createDirectory(base.resolve("attnvgg-abandoned"), Permissions.PRIVATE);
        Path users = leftover("attnvgg-a-users-own", false);
        for (Path old : new Path[] {abandoned, users}) {
            Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        }
        Path open = leftover("attnvgg-open-to-others", true);
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path other = leftover("another", true);
        Path kept = Files.createFile(base.resolve("kept"));
        Files.createSymbolicLink(base.resolve("attnvgg-link"), other);
        Files.createSymbolicLink(dead.resolve("deeper/link"), base);

        new Leftovers(base, FolderOwnership.ofThisUser()).clear(base.resolve("none"));
        assertThat(dead).doesNotExist();
        assertThat(abandoned).doesNotExist();
        assertThat(starting).exists();
        assertThat(users.resolve("deeper/file")).exists();
        assertThat(open).exists();
        assertThat(other.resolve("deeper/file")).exists();
        assertThat(base.resolve("attnvgg-link")).isSymbolicLink();
        assertThat(kept).exists();
    }

    @Test
    void aLivingProcesssFolderStays() throws Exception {
        Path alive = leftover("attnvgg-alive", true);
        try (FileChannel channel = FileChannel.open(alive.resolve(TempFolders.LOCK), StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            new Leftovers(base, FolderOwnership.ofThisUser()).clear(base.resolve("none"));
            assertThat(lock.isValid()).isTrue();
            assertThat(alive.resolve("deeper/file")).exists();
        }
        new Leftovers(base, FolderOwnership.ofThisUser()).clear(alive);
        assertThat(alive).as("the process's own").exists();
    }

    @Test
    void aFileThatLastsIsThereForTheNextProcessUntilItIsOld() throws IOException {
        Path dead = leftover("attnvgg-dead", true);
        Path evidence = Files.createFile(dead.resolve("evidence.lasting"));
        Leftovers leftovers = new Leftovers(base, FolderOwnership.ofThisUser());
        leftovers.clear(base.resolve("none"));
        assertThat(dead.resolve("deeper")).doesNotExist();
        assertThat(leftovers.lasting(base.resolve("none"), "evidence.lasting")).containsExactly(evidence);

        Files.setLastModifiedTime(evidence, FileTime.from(Instant.now().minus(Duration.ofDays(31))));
        leftovers.clear(base.resolve("none"));
        assertThat(dead).doesNotExist();
    }

    private Path leftover(String name, boolean locked) throws IOException {
        Path folder = Files.createDirectory(base.resolve(name), Permissions.PRIVATE);
        Files.createDirectory(folder.resolve("deeper"));
        Files.createFile(folder.resolve("deeper/file"));
        if (locked) {
            Files.createFile(folder.resolve(TempFolders.LOCK));
        }
        return folder;
    }
}
