package org.attnvgg.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FolderOwnershipTest {

    @TempDir
    private Path base;

    private Path folder;
    private FolderOwnership ownership;

    @BeforeEach
    void makeAFolder() throws IOException {
        ownership = FolderOwnership.ofThisUser();
        folder = Files.createDirectories(base.resolve("home/cache"));
        mode(base.resolve("home"), "rwxr-xr-x");
        mode(folder, "rwxr-xr-x");
    }

    private static void mode(Path path, String symbols) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(symbols));
    }

    @Test
    void aFolderOfThisUserBelowAStickyOneIsItsOwn() throws IOException {
        assertThat(ownership.objection(folder)).isEmpty();
        assertThat(ownership.objection(folder.resolve("not/yet/there"))).isEmpty();
        assertThat(ownership.objectionBelow(folder)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "home/cache, rwxrwxr-x, 775",
        "home/cache, rwxr-xrwx, 757",
        "home, rwxrwxr-x, 775",
        "home, rwxrwxrwx, 777"
    })
    void aFolderThatOthersCanWriteOrReplaceIsNot(String open, String symbols, String mode) throws IOException {
        mode(base.resolve(open), symbols);
        assertThat(ownership.objection(folder))
                .hasValue("other users can write in %s (mode %s)".formatted(base.resolve(open), mode));
    }

    @Test
    void aLinkIsFollowedToAFolderThatIsLookedAtToo() throws IOException {
        Path link = Files.createSymbolicLink(base.resolve("link"), Path.of("home"));
        assertThat(ownership.objection(link.resolve("cache"))).isEmpty();
        mode(folder, "rwxrwxrwx");
        assertThat(ownership.objection(link.resolve("cache")))
                .hasValue("other users can write in " + folder + " (mode 777)");
        Path circle = Files.createSymbolicLink(base.resolve("circle"), Path.of("circle"));
        assertThat(ownership.objection(circle)).hasValue(circle + " is one of too many symbolic links");
    }

    @Test
    void whatAnotherUserOwnsIsRefusedOnTheWayAndBelow() throws IOException {
        Path planted = Files.createFile(folder.resolve("libplanted.so"));
        giveAway(planted);
        assertThat(ownership.objection(folder)).isEmpty();
        assertThat(ownership.objectionBelow(folder))
                .hasValueSatisfying(
                        text -> assertThat(text).startsWith(planted + " belongs to user 12345, not to user "));
        giveAway(base.resolve("home"));
        assertThat(ownership.objection(folder))
                .hasValueSatisfying(text ->
                        assertThat(text).startsWith(base.resolve("home") + " belongs to user 12345, not to user "));
    }

    private static void giveAway(Path path) throws IOException {
        try {
            Files.setAttribute(path, "unix:uid", 12345);
        } catch (FileSystemException e) {
            assumeTrue(false, "only root can give a file away");
        }
    }

    @Test
    void aFileThatOthersCanReachAndWriteIsRefusedUnlessTheFolderIsClosed() throws IOException {
        Path library = Files.createFile(folder.resolve("libopen.so"));
        mode(library, "rw-rw-r--");
        assertThat(ownership.objectionBelow(folder)).hasValue("other users can write in " + library + " (mode 664)");
        mode(folder, "rwx------");
        assertThat(ownership.objectionBelow(folder)).isEmpty();
    }
}
