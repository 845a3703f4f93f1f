package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.SettingsException;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.prepare.PrepareJob;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareIT {

    private static SparkSession spark;

    @TempDir
    private Path folder;

    private int runs;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.session();
    }

    private String prepare(String marking, Object... more) {
        String out = folder.resolve("out" + runs++).toString();
        Object[] settings = new Object[6 + more.length];
        System.arraycopy(
                new Object[] {"prepare.marking", marking, "prepare.images", folder + "/images", "prepare.out", out},
                0,
                settings,
                0,
                6);
        System.arraycopy(more, 0, settings, 6, more.length);
        new PrepareJob(new JobContext(spark, LocalSpark.settings(settings), false)).run();
        return out;
    }

    private List<String> manifest(String out) {
        return spark.read().parquet(out + "/manifest").orderBy("image_id").collectAsList().stream()
                .map(Row::toString)
                .toList();
    }

    /** As many rows of each class as the notebook's marking file has. */
    private static List<String> notebookRows() {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 60_487; i++) {
            rows.add("ISIC_%07d,%d".formatted(i, i % 11 == 0 && i / 11 < 5_479 ? 1 : 0));
        }
        return rows;
    }

    private String write(String name, String header, List<String> rows, String lineEnd) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, header + lineEnd + String.join(lineEnd, rows) + lineEnd);
        return file.toString();
    }

    @Test
    void keepsTheNotebooksNumbersAndTheClassRatio() throws IOException {
        String out = prepare(write("marking.csv", "image_id,target", notebookRows(), "\r\n"));
        Map<String, Long> counts =
                spark.read().parquet(out + "/manifest").groupBy("split", "target").count().collectAsList().stream()
                        .collect(
                                Collectors.toMap(row -> row.getString(0) + " " + row.getInt(1), row -> row.getLong(2)));
        assertThat(counts)
                .containsOnly(
                        Map.entry("train 0", 4_800L),
                        Map.entry("train 1", 4_383L),
                        Map.entry("validation 0", 1_200L),
                        Map.entry("validation 1", 1_096L));
    }

    @Test
    void sampleAndSplitDependOnDataAndSeedAlone() throws IOException {
        List<String> rows = notebookRows().subList(0, 3_000);
        List<String> expected = manifest(prepare(write("one.csv", "image_id,target", rows, "\n")));
        List<String> shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, new Random(5));
        String first = write("first.csv", "image_id,target", shuffled.subList(0, 1_000), "\n");
        String second = write("second.csv", "target,image_id", swapped(shuffled.subList(1_000, 3_000)), "\n");
        spark.conf().set("spark.sql.shuffle.partitions", "7");
        spark.conf().set("spark.sql.files.maxPartitionBytes", "8000");
        try {
            assertThat(manifest(prepare(second + "," + first))).isEqualTo(expected);
        } finally {
            spark.conf().unset("spark.sql.shuffle.partitions");
            spark.conf().unset("spark.sql.files.maxPartitionBytes");
        }
        assertThat(manifest(prepare(first + "," + second, "seed", 43))).isNotEqualTo(expected);
    }

    private static List<String> swapped(List<String> rows) {
        return rows.stream().map(row -> row.replaceFirst("(.*),(.*)", "$2,$1")).toList();
    }

    @Test
    void noGroupIsOnBothSides() throws IOException {
        List<String> rows = new ArrayList<>();
        Random random = new Random(3);
        for (int i = 0; i < 3_000; i++) {
            String patient = i % 50 == 0 ? "" : "IP_" + random.nextInt(400);
            rows.add("ISIC_%d,%s,%d".formatted(i, patient, i % 8 == 0 ? 1 : 0));
        }
        String marking = write("patients.csv", "image_name,patient_id,target", rows, "\n");
        String out = prepare(marking, "prepare.group-column", "patient_id", "prepare.negatives", "all");
        long validation = spark.read()
                .parquet(out + "/manifest")
                .filter("split = 'validation'")
                .count();
        assertThat(validation).isBetween(520L, 600L); // whole groups up to a fifth
        assertThat(spark.read()
                        .parquet(out + "/manifest")
                        .filter("`group` is not null")
                        .groupBy("group")
                        .agg(org.apache
                                .spark
                                .sql
                                .functions
                                .countDistinct("split")
                                .as("sides"))
                        .filter("sides > 1")
                        .count())
                .isZero();
    }

    @Test
    void everyBadRowIsRejectedWithReasonAndLine() throws IOException {
        Path images = Files.createDirectories(folder.resolve("images"));
        for (String id : List.of("A", "B", "C", "quoted,comma", "SPACES")) {
            Files.writeString(images.resolve(id + ".jpg"), "x");
        }
        String marking = write(
                "dirty.csv",
                "\ufeffimage_id,target",
                List.of(
                        "A,1",
                        "A,1",
                        "B,0",
                        "B,1",
                        "C,0",
                        "GONE,0",
                        "NOLABEL,",
                        "BADLABEL,melanoma",
                        "HALF,0.5",
                        "../../etc/passwd,1",
                        "/etc/passwd,1",
                        "\"quoted,comma\",1",
                        " SPACES ,1",
                        "",
                        ",1",
                        "legend row with no commas"),
                "\n");
        String out = prepare(marking, "prepare.check-images", true);
        assertThat(manifest(out).stream().map(row -> row.substring(0, row.indexOf(",file:"))))
                .containsExactly("[A", "[C", "[SPACES", "[quoted,comma");
        List<String> rejects = spark
                .read()
                .parquet(out + "/rejects")
                .orderBy("line_number")
                .select("line_number", "reason", "line")
                .collectAsList()
                .stream()
                .map(row -> row.getInt(0) + " " + row.getString(1) + " " + row.getString(2))
                .toList();
        assertThat(rejects)
                .containsExactly(
                        "3 duplicate A,1",
                        "4 contradiction B,0",
                        "5 contradiction B,1",
                        "7 missing GONE,0",
                        "8 missing-label NOLABEL,",
                        "9 bad-label BADLABEL,melanoma",
                        "10 bad-label HALF,0.5",
                        "11 outside-folder ../../etc/passwd,1",
                        "12 outside-folder /etc/passwd,1",
                        "16 missing-id ,1",
                        "17 malformed legend row with no commas");
    }

    @Test
    void refusesAnOutputThatExistsAndReplacesItWholeWhenTold() throws IOException {
        String marking = write("m.csv", "image_id,target", List.of("A,1", "B,0", "C,0", "D,1"), "\n");
        String out = prepare(marking);
        var settings = LocalSpark.settings(
                "prepare.marking", marking, "prepare.images", folder + "/images", "prepare.out", out, "seed", 1);
        assertThatThrownBy(() -> new PrepareJob(new JobContext(spark, settings, false)).run())
                .isInstanceOf(JobException.class)
                .hasMessageContaining("prepare.out = " + out + " exists")
                .hasMessageContaining("--overwrite");
        Files.writeString(Path.of(out, "stray"), "of an earlier run");
        new PrepareJob(new JobContext(spark, settings, true)).run();
        assertThat(Path.of(out, "stray")).doesNotExist();
        try (var left = Files.list(folder)) {
            assertThat(left.filter(path -> path.toString().contains("staging"))).isEmpty();
        }
    }

    @Test
    void aColumnThatIsNotThereIsNamedWithThoseThatAre() throws IOException {
        String marking = write("m.csv", "image,label", List.of("A,1"), "\n");
        assertThatThrownBy(() -> prepare(marking))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("has neither image_id nor image_name, but image, label");
        assertThatThrownBy(() -> prepare(marking, "prepare.id-column", "image"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("prepare.target-column = target")
                .hasMessageContaining("but image, label");
    }
}
