package org.attnvgg.spark.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftOutNamesTest {

    @TempDir
    private java.nio.file.Path folder;

    /** Makes a file whose name is given as for printf(1): Java cannot write it. */
    private void make(String name) throws Exception {
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "mkdir -p \"$(dirname \"$(printf \"$1\")\")\"; : > \"$(printf \"$1\")\"",
                        "sh",
                        name)
                .directory(folder.toFile())
                .start();
        assertThat(process.waitFor()).isZero();
    }

    private List<String> list(LeftOutNames leftOut) throws IOException {
        FileSystem files = FileSystem.newInstance(URI.create("file:///"), new Configuration());
        List<String> names = new ArrayList<>();
        RemoteIterator<FileStatus> found = FileTree.below(files, new Path(folder.toUri()), folder.toString(), leftOut);
        while (found.hasNext()) {
            names.add(found.next().getPath().getName());
        }
        return names;
    }

    @Test
    void namesThatAreNotUtf8AreCountedOnceAndOthersAreListed() throws Exception {
        make("M\\303\\274ller.jpg");
        make("a\\357\\277\\275b.jpg"); // the very character that stands for what cannot be read
        make("deeper/ok.jpg");
        make("M\\374ller.jpg");
        make("deeper/\\377\\376.jpg");
        make("St\\366rung/inside.jpg");
        LeftOutNames leftOut = new LeftOutNames();
        assertThat(leftOut.isZero()).isTrue();
        assertThat(list(leftOut)).containsExactlyInAnyOrder("Müller.jpg", "a\uFFFDb.jpg", "ok.jpg");
        LeftOutNames again = new LeftOutNames();
        list(again);
        leftOut.merge(again);
        assertThat(leftOut.value())
                .containsOnlyKeys(folder.toString(), folder + "/deeper")
                .containsEntry(folder.toString(), new LeftOutNames.Names(2, folder + "/M\uFFFDller.jpg"));
    }

    @Test
    void whereAllNamesAreReadThereIsNothingToSay() throws IOException {
        Files.createFile(folder.resolve("é.jpg"));
        LeftOutNames leftOut = new LeftOutNames();
        assertThat(list(leftOut)).containsExactly("é.jpg");
        assertThat(leftOut.isZero()).isTrue();
    }
}
