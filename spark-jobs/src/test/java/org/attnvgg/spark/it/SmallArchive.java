package org.attnvgg.spark.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.modelfolder.ModelFolder;
import org.attnvgg.modelfolder.ModelMetadata;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.score.RescoreJob;

/** Six small images, a narrow network with random weights, and the tables of their runs, for tests, in one folder. */
public record SmallArchive(Path folder) {

    private static final NetworkConfig NETWORK = new NetworkConfig(0.125, 32, true, 0);
    private static final int SIDE = 48;

    /** Made anew; nothing is scored yet. */
    public static SmallArchive in(Path folder) throws IOException {
        SmallArchive archive = new SmallArchive(folder);
        archive.model("model", 1);
        for (int i = 0; i < 6; i++) {
            archive.image("ward" + i % 2 + "/P" + i, i);
        }
        return archive;
    }

    /** The tables' folder. */
    public String tables() {
        return folder + "/tables";
    }

    /** A file of the archive. */
    public Path file(String name) {
        return folder.resolve("archive").resolve(name);
    }

    /** A model folder of version {@code v} + seed. */
    public void model(String name, long seed) throws IOException {
        ModelFolder.write(
                Files.createDirectories(folder.resolve(name)),
                ModelMetadata.of(NETWORK, "float32", "v" + seed, 1, List.of(), Map.of()),
                WeightInitializer.of(NetworkLayout.of(NETWORK), seed));
    }

    /** An image of that id. */
    public Path image(String id, int number) throws IOException {
        Path file = file(id + ".jpg");
        Files.createDirectories(file.getParent());
        return Files.write(file, TestImages.jpeg(number, SIDE));
    }

    /** Runs the job, with these settings put over. */
    public void rescore(Object... more) {
        Object[] settings = {
            "score.model",
            folder + "/model",
            "score.images",
            folder + "/archive",
            "rescore.tables",
            tables(),
            "rescore.lock-timeout",
            6
        };
        Object[] all = Stream.concat(Stream.of(settings), Stream.of(more)).toArray();
        new RescoreJob(new JobContext(LocalSpark.session(), LocalSpark.settings(all), false)).run();
    }
}
