package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A cluster of four workers; images; and a training run on them by the launcher, with Spark embedded, that nothing
 * disturbed. Bits are compared with its bits: all of these processes are on one machine, and so compute with one
 * instruction set.
 */
final class TrainingCluster implements AutoCloseable {

    private static final int WORKERS = 4;

    private final Path folder;
    private final ClusterImages images;
    private final StandaloneCluster cluster;

    private TrainingCluster(Path folder) throws IOException {
        this.folder = folder;
        images = ClusterImages.in(folder.resolve("images"));
        List<String> embedded = List.of("train", "spark.master=local[1]");
        try (Driver driver = Driver.start(
                "attnvgg",
                folder.resolve("undisturbed.log"),
                Stream.concat(embedded.stream(), Stream.of(images.training(undisturbed())))
                        .toList())) {
            cluster = new StandaloneCluster(folder).withWorkers(WORKERS);
            if (driver.await() != 0) {
                cluster.close();
                throw new AssertionError("the undisturbed run failed; it printed:\n" + driver.output());
            }
        }
    }

    /** Starts it; its files are in that folder. */
    static TrainingCluster in(Path folder) throws IOException {
        return new TrainingCluster(folder);
    }

    StandaloneCluster cluster() {
        return cluster;
    }

    ClusterImages images() {
        return images;
    }

    private Path undisturbed() {
        return folder.resolve("undisturbed");
    }

    /** Compares what a run wrote with what the undisturbed one did. */
    void assertUndisturbed(Path out, String output) throws IOException {
        assertThat(Files.mismatch(
                        out.resolve("model.safetensors"), undisturbed().resolve("model.safetensors")))
                .as("first byte of the weights that differs\n" + output)
                .isEqualTo(-1);
        assertThat(Files.readString(out.resolve("rejects.json")))
                .isEqualTo(Files.readString(undisturbed().resolve("rejects.json")))
                .contains("\"image_id\": \"" + images.unreadable() + "\"");
        assertThat(out.resolveSibling(out.getFileName() + ".checkpoints")).doesNotExist();
    }

    @Override
    public void close() {
        cluster.close();
    }
}
