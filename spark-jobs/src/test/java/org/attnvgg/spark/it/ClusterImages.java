package org.attnvgg.spark.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.prepare.PrepareJob;

/** Images of two kinds, prepared, one of them unreadable; and the settings of a narrow network to train on them. */
record ClusterImages(Path folder) {

    private static final int COUNT = 120;
    private static final int UNREADABLE = COUNT / 2;
    private static final int SIDE = 64;

    static ClusterImages in(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("images"));
        List<String> rows = new ArrayList<>(List.of("image_id,target"));
        for (int i = 0; i < COUNT; i++) {
            rows.add("P" + i + "," + i % 2);
            byte[] jpeg = TestImages.jpeg(i, SIDE);
            Files.write(
                    folder.resolve("images/P" + i + ".jpg"),
                    i == UNREADABLE ? Arrays.copyOf(jpeg, jpeg.length / 2) : jpeg);
        }
        Files.write(folder.resolve("marking.csv"), rows);
        new PrepareJob(new JobContext(
                        LocalSpark.session(),
                        LocalSpark.settings(
                                "prepare.marking", folder + "/marking.csv",
                                "prepare.images", folder + "/images",
                                "prepare.out", folder + "/prepared",
                                "prepare.negatives", "all"),
                        false))
                .run();
        return new ClusterImages(folder);
    }

    /** The id of the unreadable one. */
    String unreadable() {
        return "P" + UNREADABLE;
    }

    /** A training run of two epochs of 12 steps over four shards, with these settings put over. */
    String[] training(Path out, String... more) {
        String[] settings = {
            "train.manifest=" + folder + "/prepared",
            "train.out=" + out,
            "train.epochs=2",
            "train.batch-size=8",
            "train.shards=4",
            "train.learning-rate=1e-3",
            "model.width=0.125",
            "model.image-size=64",
            "model.dropout=0.2"
        };
        return Stream.concat(Stream.of(settings), Stream.of(more)).toArray(String[]::new);
    }
}
