package org.attnvgg.spark.it;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.table.ScoreStores;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are made to break a decoder, among good images: each is accounted for once, and costs the good ones nothing. */
class HostileFilesIT {

    private static final int GOOD = 20;

    /** Far above what float32 leaves between one thread and two on any processor, far below what an image makes. */
    private static final float ROUNDING = 1e-4f;

    private static final Map<String, String> REASONS = Map.ofEntries(
            entry("apng_hidden_fdat_nocrc", "unreadable"),
            entry("apng_hidden_unknown_critical_chunk", "unreadable"),
            entry("bmp_rle8_delta_out", "unreadable"),
            entry("jpeg_block_of_other_file", "damaged"),
            entry("jpeg_cut_third_then_eoi", "damaged"),
            entry("jpeg_hidden_frame_16000x16000", "too-large"),
            entry("jpeg_no_picture_data", "damaged"),
            entry("jpeg_progressive_1000_empty_scans", "unreadable"),
            entry("jpeg_progressive_100_empty_scans", "unreadable"),
            entry("png_bad_idat_crc", "unreadable"),
            entry("png_cgbi", "unsupported"));

    @TempDir
    private static Path folder;

    private static Map<String, Float> good;
    private static int files;

    @BeforeAll
    static void scoreTheGoodImagesAlone() throws IOException {
        SmallArchive.in(folder);
        Path alone = Files.createDirectories(folder.resolve("good"));
        Path all = Files.createDirectories(folder.resolve("all"));
        for (int i = 0; i < GOOD; i++) {
            byte[] image = TestImages.jpeg(i, 64);
            Files.write(alone.resolve("good%02d.jpg".formatted(i)), image);
            Files.write(all.resolve("good%02d.jpg".formatted(i)), image);
        }
        try (Stream<Path> hostile = Files.list(Path.of("../core/src/test/resources/hostile"))) {
            for (Path file :
                    hostile.filter(path -> !path.toString().endsWith(".md")).toList()) {
                Files.copy(file, all.resolve(file.getFileName()));
            }
        }
        try (Stream<Path> listed = Files.list(all)) {
            files = (int) listed.count();
        }
        score("good", "alone");
        good = logits("alone");
    }

    @Test
    void locallyEachFileEndsAsItShould() {
        score("all", "local");
        assertEachFileEndsAsItShould("local");
    }

    @Test
    void onExecutorsOfTheirOwnEachFileEndsAsItShould() throws IOException {
        List<String> arguments = Stream.concat(
                        Stream.of("score", "spark.master=local-cluster[2,1,1024]", "spark.ui.enabled=false"),
                        Stream.of(settings("all", "cluster")))
                .toList();
        try (Driver driver = Driver.start("attnvgg", folder.resolve("driver.log"), arguments)) {
            assertThat(driver.await()).as(driver.output()).isZero();
            assertThat(driver.output())
                    .contains("scored %d images".formatted(files - REASONS.size()))
                    .doesNotContain("\tat ");
        }
        assertEachFileEndsAsItShould("cluster");
    }

    private static void assertEachFileEndsAsItShould(String run) {
        Map<String, String> reasons = new TreeMap<>();
        table(run, "rejects").collectAsList().forEach(row -> reasons.put(row.getAs("image_id"), row.getAs("reason")));
        assertThat(reasons).containsExactlyInAnyOrderEntriesOf(REASONS);
        assertThat(table(run, "rejects").count()).isEqualTo(REASONS.size());
        Map<String, Float> logits = logits(run);
        assertThat(logits).hasSize(files - REASONS.size());
        good.forEach((id, logit) -> assertThat(logits.get(id)).as(id).isCloseTo(logit, within(ROUNDING)));
        assertThat(table(run, "predictions").count()).isEqualTo(logits.size());
    }

    private static Map<String, Float> logits(String run) {
        Map<String, Float> logits = new TreeMap<>();
        for (Row row : table(run, "predictions").collectAsList()) {
            logits.put(row.getAs("image_id"), row.getAs("logit"));
        }
        return logits;
    }

    private static Dataset<Row> table(String run, String table) {
        return ScoreStores.parquet(LocalSpark.session(), folder + "/" + run).read(table);
    }

    private static String[] settings(String images, String out) {
        return new String[] {
            "score.model=" + folder + "/model",
            "score.images=" + folder + "/" + images,
            "score.out=" + folder + "/" + out,
            "score.max-reject-fraction=1"
        };
    }

    private static void score(String images, String out) {
        Object[] keysAndValues = Stream.of(settings(images, out))
                .flatMap(setting -> Stream.of(setting.split("=", 2)))
                .toArray();
        new ScoreJob(new JobContext(LocalSpark.session(), LocalSpark.settings(keysAndValues), false)).run();
    }
}
