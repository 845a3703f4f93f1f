package org.attnvgg.spark.job;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {

    private static FileSystem local() throws IOException {
        return FileSystem.newInstance(URI.create("file:///"), new Configuration());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ANSI_X3.4-1968", "ISO-8859-1", "no such encoding"})
    void inALocaleWithoutUtf8LocalFilesAreNotListed(String encoding) throws IOException {
        FileSystem files = local();
        assertThatThrownBy(() -> FileNames.requireUtf8(files, "score.images = /data", encoding))
                .isInstanceOf(JobException.class)
                .hasMessage("score.images = /data is on a local disk, but this Java reads names of files as " + encoding
                        + ", so that some would be left out; start it with LC_ALL=C.UTF-8 in the environment, executors"
                        + " with spark.executorEnv.LC_ALL=C.UTF-8");
    }

    @Test
    void withUtf8TheyAreAndOtherFileSystemsAlways() throws IOException {
        FileSystem files = local();
        assertThatCode(() -> FileNames.requireUtf8(files, "x", "UTF-8")).doesNotThrowAnyException();
        assertThatCode(() -> FileNames.requireUtf8(files, "x", "utf8")).doesNotThrowAnyException();
        FileSystem remote = new FilterFileSystem(files) {
            @Override
            public URI getUri() {
                return URI.create("s3a://bucket");
            }
        };
        assertThatCode(() -> FileNames.requireUtf8(remote, "x", "ANSI_X3.4-1968"))
                .doesNotThrowAnyException();
    }

    @Test
    void aFileOfAListThatWasMadeElsewhereIsOpenedUnlessItsNameCannotBeSpelt() throws IOException {
        FileSystem files = local();
        assertThatCode(() -> FileNames.requireSpelt(files, new Path("file:/data/Mueller.jpg"), "ANSI_X3.4-1968"))
                .doesNotThrowAnyException();
        assertThatCode(() -> FileNames.requireSpelt(files, new Path("file:/data/Müller.jpg"), "UTF-8"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> FileNames.requireSpelt(files, new Path("file:/data/Müller.jpg"), "ANSI_X3.4-1968"))
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith(
                        "file:/data/Müller.jpg is on a local disk, but this Java reads names of files as"
                                + " ANSI_X3.4-1968");
    }
}
