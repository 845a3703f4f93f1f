package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.Text;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.report.ReportJob;
import org.attnvgg.spark.score.ScoreJob;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that are packed into Parquet or sequence files are scored as loose ones are. */
class PackedArchiveIT {

    private static final StructType COLUMNS =
            new StructType().add("id", DataTypes.StringType).add("bytes", DataTypes.BinaryType);

    @TempDir
    private Path folder;

    private final SparkSession spark = LocalSpark.session();
    private SmallArchive archive;

    @BeforeEach
    void makeModel() throws IOException {
        archive = SmallArchive.in(folder);
    }

    /** Packs images of these numbers; one that is no image has a negative number. */
    private void pack(String format, String name, int... numbers) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (int number : numbers) {
            byte[] bytes = number < 0 ? new byte[] {1, 2, 3} : TestImages.jpeg(number, 48);
            rows.add(RowFactory.create("P" + number, bytes));
        }
        Path packed = folder.resolve("packed").resolve(name);
        if (format.equals("parquet")) {
            spark.createDataFrame(rows, COLUMNS).coalesce(1).write().parquet(packed.toString());
        } else {
            Configuration hadoop = spark.sparkContext().hadoopConfiguration();
            Files.createDirectories(packed.getParent());
            try (SequenceFile.Writer writer = SequenceFile.createWriter(
                    hadoop,
                    SequenceFile.Writer.file(new org.apache.hadoop.fs.Path(packed.toUri())),
                    SequenceFile.Writer.keyClass(Text.class),
                    SequenceFile.Writer.valueClass(BytesWritable.class))) {
                for (Row row : rows) {
                    writer.append(new Text(row.getString(0)), new BytesWritable(row.<byte[]>getAs(1)));
                }
            }
        }
    }

    private void rescore(String format, Object... more) {
        List<Object> settings = new ArrayList<>(List.of("score.images", format + ":" + folder + "/packed"));
        settings.addAll(List.of(more));
        archive.rescore(settings.toArray());
    }

    private ScoreStore tables() {
        return ScoreStores.parquet(spark, archive.tables());
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "sequence"})
    void aNightScoresTheImagesOfNewAndChangedPackedFilesOnly(String format) throws IOException {
        pack(format, "first", 1, 2, 3);
        rescore(format);
        rescore(format);
        assertThat(tables().read("predictions").count()).isEqualTo(3);
        pack(format, "second", 4, 5, -6);
        rescore(format, "score.max-reject-fraction", 0.5);
        assertThat(tables().read("predictions")
                        .select("image_id")
                        .orderBy("image_id")
                        .collectAsList())
                .extracting(row -> row.getString(0))
                .containsExactly("P1", "P2", "P3", "P4", "P5");
        assertThat(tables().read("rejects").collectAsList()).singleElement().satisfies(row -> {
            assertThat(row.<String>getAs("image_id")).isEqualTo("P-6");
            assertThat(row.<String>getAs("reason")).isEqualTo("not-an-image");
            assertThat(row.<Long>getAs("bytes")).isEqualTo(3);
        });
        try (var files = Files.walk(folder.resolve("packed/first"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
            }
        }
        rescore(format, "score.max-reject-fraction", 0.5, "rescore.max-attempts", 1);
        assertThat(tables().read("predictions").count()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "sequence"})
    void scoresAreThoseOfTheSameImagesInFilesAndTheReportShowsThem(String format) throws IOException {
        pack(format, "some images", 0, 1, 2, 3, 4, 5);
        score(format + ":" + folder + "/packed/some images", "packed-scores");
        score(folder + "/archive", "loose-scores");
        assertThat(probabilities("packed-scores")).hasSize(6).isEqualTo(probabilities("loose-scores"));
        var settings = LocalSpark.settings(
                "report.tables", folder + "/packed-scores", "report.out", folder + "/report", "report.examples", 2);
        new ReportJob(new JobContext(spark, settings, false)).run();
        assertThat(Files.readString(folder.resolve("report/index.html")))
                .contains("data:image/jpeg")
                .doesNotContain("no longer readable");
    }

    private void score(String images, String out) {
        var settings = LocalSpark.settings(
                "score.model",
                folder + "/model",
                "score.images",
                images,
                "score.out",
                folder + "/" + out,
                "score.batch-size",
                1);
        new ScoreJob(new JobContext(spark, settings, false)).run();
    }

    /** By the image's content. */
    private List<Row> probabilities(String scores) {
        return ScoreStores.parquet(spark, folder + "/" + scores)
                .read("predictions")
                .select("content_sha256", "probability", "width", "bytes")
                .orderBy("content_sha256")
                .collectAsList();
    }

    @Test
    void anIdThatAFileHasTwiceIsNamed() throws IOException {
        pack("parquet", "first", 1, 2, 1);
        assertThatThrownBy(() -> rescore("parquet"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("#P1 is there 2 times; an id must be unique in its file");
    }

    @Test
    void aTableOfOtherColumnsIsRefusedWithWhatWasExpected() {
        spark.range(3).write().parquet(folder + "/packed");
        assertThatThrownBy(() -> rescore("parquet"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("expected the columns id, a string, and bytes, binary; found struct<id:bigint>");
        assertThatThrownBy(() -> score("parquet:" + folder + "/nowhere", "none"))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("score.images = parquet:")
                .hasMessageContaining("no such file or folder");
        assertThatThrownBy(() -> score("sequence:" + folder + "/nowhere", "none"))
                .isInstanceOf(JobException.class)
                .hasMessage("score.images = sequence:" + folder + "/nowhere: no such file or folder");
        assertThatThrownBy(() -> score("parquet:" + folder + "/archive", "none"))
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("score.images = parquet:" + folder + "/archive: cannot be read as Parquet: ");
    }
}
