package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.prepare.PrepareJob;
import org.attnvgg.spark.score.RescoreJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.attnvgg.spark.train.TrainJob;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way with everything on an S3 server: images, manifest, model and tables. */
class S3IT {

    private static final int IMAGES = 24;
    private static final String ROOT = "s3a://" + S3Server.BUCKET + "/";
    private static final String SECRET = "a-secret-that-nobody-may-see";
    private static final String KEY = "aws.accessKeyId";
    private static final String SECRET_KEY = "aws.secretKey";

    @TempDir
    private static Path folder;

    private static S3Server server;

    @BeforeAll
    static void startServer() throws Exception {
        server = new S3Server(Files.createDirectories(folder.resolve("store")), "somebody", SECRET);
        System.setProperty(KEY, "somebody");
        System.setProperty(SECRET_KEY, SECRET);
        Configuration hadoop = LocalSpark.session().sparkContext().hadoopConfiguration();
        server.hadoop(folder.resolve("buffer")).forEach(hadoop::set);
        List<String> rows = new ArrayList<>(List.of("image_id,target"));
        for (int i = 0; i < IMAGES; i++) {
            put("images/P" + i + ".jpg", TestImages.jpeg(i, 64));
            rows.add("P" + i + "," + i % 2);
        }
        put("images/bad.jpg", "no image".getBytes(StandardCharsets.UTF_8));
        put("marking.csv", String.join("\n", rows).getBytes(StandardCharsets.UTF_8));
    }

    @AfterAll
    static void stopServer() throws IOException {
        FileSystem.closeAll();
        server.close();
        System.clearProperty(KEY);
        System.clearProperty(SECRET_KEY);
    }

    private static void put(String name, byte[] bytes) throws IOException {
        var path = new org.apache.hadoop.fs.Path(ROOT + name);
        FileSystem files =
                path.getFileSystem(LocalSpark.session().sparkContext().hadoopConfiguration());
        try (var out = files.create(path, true)) {
            out.write(bytes);
        }
    }

    private static JobContext run(Object... settings) {
        return new JobContext(LocalSpark.session(), LocalSpark.settings(settings), false);
    }

    private static void rescore() {
        new RescoreJob(run(
                        "score.model",
                        ROOT + "model",
                        "score.images",
                        ROOT + "images",
                        "score.max-reject-fraction",
                        0.1,
                        "rescore.tables",
                        ROOT + "tables",
                        "rescore.lock-timeout",
                        6))
                .run();
    }

    @Test
    void prepareTrainScoreAndRescoreWorkOnS3() throws Exception {
        new PrepareJob(run(
                        "prepare.marking", ROOT + "marking.csv",
                        "prepare.images", ROOT + "images",
                        "prepare.negatives", "all",
                        "prepare.check-images", true,
                        "prepare.out", ROOT + "prepared"))
                .run();
        new TrainJob(run(
                        "train.manifest",
                        ROOT + "prepared",
                        "train.out",
                        ROOT + "model",
                        "train.epochs",
                        1,
                        "train.batch-size",
                        8,
                        "model.width",
                        0.125,
                        "model.image-size",
                        32))
                .run();
        ScoreJob.Result scored = new ScoreJob(run(
                        "score.model", ROOT + "model",
                        "score.manifest", ROOT + "prepared",
                        "score.out", ROOT + "scores"))
                .run();
        assertThat(scored.scored()).isEqualTo(IMAGES);

        rescore();
        put("images/new.jpg", TestImages.jpeg(100, 64));
        rescore();
        ScoreStore tables = ScoreStores.parquet(LocalSpark.session(), ROOT + "tables");
        assertThat(tables.read(ScoreTables.PREDICTIONS).count()).isEqualTo(IMAGES + 1);
        assertThat(tables.read(ScoreTables.ATTENTION).count()).isEqualTo(IMAGES + 1);
        assertThat(tables.read(ScoreTables.REJECTS).count()).isEqualTo(2);
        assertThat(tables.read(ScoreTables.RUNS).count()).isEqualTo(2);
        theMagicCommitterWroteTheTables();
        noTableHoldsTheSecret(tables);
    }

    /** Its _SUCCESS is a summary as JSON; that of Hadoop's own committer is empty. */
    private static void theMagicCommitterWroteTheTables() throws IOException {
        var path = new org.apache.hadoop.fs.Path(ROOT + "tables/predictions/_SUCCESS");
        FileSystem files =
                path.getFileSystem(LocalSpark.session().sparkContext().hadoopConfiguration());
        try (var in = files.open(path)) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).contains("\"committer\" : \"magic\"");
        }
    }

    private static void noTableHoldsTheSecret(ScoreStore tables) throws IOException {
        Map<String, String> settings = tables.read(ScoreTables.RUNS)
                .head()
                .getJavaMap(tables.read(ScoreTables.RUNS).schema().fieldIndex("settings"));
        assertThat(settings.toString()).doesNotContain(SECRET);
        try (Stream<Path> stored = Files.walk(folder.resolve("store"))) {
            for (Path file : stored.filter(Files::isRegularFile).toList()) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertThat(text.contains(SECRET)).as(file.toString()).isFalse();
            }
        }
    }
}
