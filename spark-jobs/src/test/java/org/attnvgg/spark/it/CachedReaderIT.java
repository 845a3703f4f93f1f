package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.attnvgg.spark.data.CachedReader;
import org.attnvgg.spark.data.ImageFileReader;
import org.attnvgg.spark.data.ImageReader;
import org.attnvgg.spark.data.ImageReader.StoredImage;
import org.attnvgg.spark.data.ImageRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache of images, in Spark's blocks. */
class CachedReaderIT {

    @TempDir
    private Path folder;

    @Test
    void readsEachImageOnceAndForgetsItWhenClosed() throws Exception {
        LocalSpark.session();
        Path file = Files.write(folder.resolve("a.jpg"), new byte[] {1, 2, 3});
        ImageRef ref = new ImageRef("a", file.toUri().toString(), 1);
        ImageReader reader = new CachedReader(new ImageFileReader(new Configuration()));
        try (reader) {
            StoredImage first = reader.read(ref);
            Files.delete(file);
            for (int i = 0; i < 3; i++) {
                StoredImage again = reader.read(ref);
                assertThat(again.bytes()).containsExactly(1, 2, 3);
                assertThat(again.file()).isEqualTo(first.file());
            }
        }
        assertThatThrownBy(() -> reader.read(ref)).isInstanceOf(FileNotFoundException.class);
    }
}
