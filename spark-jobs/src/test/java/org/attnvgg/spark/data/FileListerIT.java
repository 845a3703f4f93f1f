package org.attnvgg.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.attnvgg.spark.it.LocalSpark;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileListerIT {

    @TempDir
    private Path folder;

    private final JobContext run = new JobContext(LocalSpark.session(), LocalSpark.settings(), false);

    private void make(String... names) throws IOException {
        for (String name : names) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
    }

    private FileLister lister() {
        return new FileLister(run, "images = there", List.of(".jpg"));
    }

    private List<String> ids(FileLister lister, String glob) {
        return lister.matching(folder + glob).map(row -> row.getString(0)).collect().stream()
                .sorted()
                .toList();
    }

    @Test
    void filesAreFoundAtAnyDepthAndOthersAreCountedWithoutHiddenOnes() throws IOException {
        make("a.JPG", "2026/b.jpg", "2026/11/28/c.d.jpg", "2026/.hidden.jpg", "notes.txt", "2026/_SUCCESS", "2026/.x");
        FileLister lister = lister();
        assertThat(ids(lister, "")).containsExactly("2026/.hidden", "2026/11/28/c.d", "2026/b", "a");
        assertThat(lister.others()).isOne();
    }

    @Test
    void aGlobGivesIdsBelowWhatItMatches() throws IOException {
        make("a/1.jpg", "b/deeper/2.jpg", "3.jpg");
        assertThat(ids(lister(), "/*")).containsExactly("1", "3", "deeper/2");
        assertThatThrownBy(() -> lister().matching(folder + "/c*"))
                .isInstanceOf(JobException.class)
                .hasMessage("images = there: no such file or folder");
    }

    @Test
    void anIdBelowABucketIsWholeToo() {
        assertThat(FolderFiles.id("s3a://bucket/", "s3a://bucket/2026/a.jpg")).isEqualTo("2026/a");
        assertThat(FolderFiles.id("s3a://bucket/2026", "s3a://bucket/2026/a.jpg"))
                .isEqualTo("a");
    }

    @Test
    void linksToFoldersAreFollowedButNotBack() throws IOException {
        make("archive/2026/a.jpg", "elsewhere/deeper/b.jpg");
        Files.createSymbolicLink(folder.resolve("archive/2026/loop"), folder.resolve("archive"));
        Files.createSymbolicLink(folder.resolve("archive/latest"), folder.resolve("archive/2026"));
        Files.createSymbolicLink(folder.resolve("archive/more"), folder.resolve("elsewhere"));
        Files.createSymbolicLink(folder.resolve("elsewhere/deeper/loop"), folder.resolve("elsewhere"));
        assertThat(ids(lister(), "/archive")).containsExactly("2026/a", "more/deeper/b");
    }

    @Test
    void aFolderThatGoesAwayMeanwhileCostsNoOtherFolderItsImages() throws IOException {
        make("a/1.jpg", "b/2.jpg", "c/3.jpg", "d/4.jpg");
        var files = org.apache.hadoop.fs.FileSystem.getLocal(new org.apache.hadoop.conf.Configuration());
        var root = new org.apache.hadoop.fs.Path(folder.toUri());
        var tree = FileTree.below(files, root, root.toString(), new LeftOutNames());
        Files.delete(folder.resolve("b/2.jpg"));
        Files.delete(folder.resolve("b"));
        java.util.Set<String> names = new java.util.TreeSet<>();
        while (tree.hasNext()) {
            names.add(tree.next().getPath().getName());
        }
        assertThat(names).containsExactly("1.jpg", "3.jpg", "4.jpg");
    }

    @Test
    void aFolderThatIsALinkItselfIsSearched() throws IOException {
        make("archive/2026/a.jpg");
        Files.createSymbolicLink(folder.resolve("images"), folder.resolve("archive"));
        assertThat(ids(lister(), "/images")).containsExactly("2026/a");
    }
}
