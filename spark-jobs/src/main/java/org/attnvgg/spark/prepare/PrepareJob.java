package org.attnvgg.spark.prepare;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.PrepareSettings;
import org.attnvgg.spark.data.FileLister;
import org.attnvgg.spark.data.ImageLister;
import org.attnvgg.spark.data.ManifestTable;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.OutputFolder;

/** {@code prepare}: reads marking files, screens their rows, rebalances the classes, splits, and writes a manifest. */
public final class PrepareJob {

    private final JobContext run;
    private final SparkSession spark;
    private final PrepareSettings settings;

    /** The job of that run. */
    public PrepareJob(JobContext run) {
        this.run = run;
        this.spark = run.spark();
        this.settings = run.settings().as(PrepareSettings.class);
    }

    /**
     * What a run wrote.
     *
     * @param out where
     * @param train rows to train on
     * @param validation rows to validate with
     * @param rejected rows not used
     */
    public record Result(String out, long train, long validation, long rejected) {}

    /** Runs the job. */
    public Result run() {
        run.describe("prepare", "prepare " + settings.out());
        String images = imagesFolder();
        try (OutputFolder out = run.output("prepare.out", settings.out(), ManifestTable.NAME)) {
            FileLister lister = new FileLister(run, "prepare.images = " + images, List.of(settings.extension()));
            Dataset<Row> records = new MarkingFiles(spark, settings).records();
            try (Screening screening = new Screening(records, images, settings.extension(), files(lister, images))) {
                Dataset<Row> balanced = rebalance(screening.accepted()).cache();
                Dataset<Row> manifest = split(balanced);
                write(manifest.select(columns()), ManifestTable.IMAGE_ID, out.staging(ManifestTable.NAME));
                write(screening.rejects(), MarkingRejectsTable.LINE_NUMBER, out.staging(MarkingRejectsTable.NAME));
                balanced.unpersist();
            }
            lister.printUnreadable();
            return summary(out.publish());
        }
    }

    /** Both tables are small beside the images: one file each, in an order that does not depend on the run. */
    private static void write(Dataset<Row> table, String order, String folder) {
        table.coalesce(1).sortWithinPartitions(order).write().parquet(folder);
    }

    private Dataset<Row> rebalance(Dataset<Row> accepted) {
        if (settings.negatives().isEmpty()) {
            return accepted;
        }
        int wanted = settings.negatives().get();
        long there = accepted.filter(col(ManifestTable.TARGET).equalTo(0)).count();
        if (there < wanted) {
            Console.warn("prepare.negatives = %,d, but there are %,d: all are kept".formatted(wanted, there));
        }
        return new Rebalance(settings.random().seed(), wanted).apply(accepted);
    }

    private Dataset<Row> split(Dataset<Row> rows) {
        Split split = new Split(settings.random().seed(), settings.validationFraction());
        return settings.groupColumn().isPresent() ? split.byGroup(rows) : split.byRow(rows);
    }

    private static void warnOfOneClass(Map<String, Long> counts) {
        for (int target = 0; target <= 1; target++) {
            String label = " " + target;
            if (counts.keySet().stream().noneMatch(key -> key.endsWith(label))) {
                Console.warn("no usable row has label " + target + ": training needs both classes");
            }
        }
    }

    /** {@code prepare.images} as an absolute URI. */
    private String imagesFolder() {
        String images = settings.images();
        try {
            Path path = new Path(images);
            return path.getFileSystem(run.hadoop()).makeQualified(path).toString();
        } catch (IOException | IllegalArgumentException e) {
            throw new JobException("prepare.images = " + images + ": " + e.getMessage(), e);
        }
    }

    /** The files in the folder of the images, if they are to be looked for. */
    private Optional<Dataset<Row>> files(FileLister lister, String images) {
        return settings.checkImages()
                ? Optional.of(spark.createDataFrame(lister.below(images), ImageLister.SCHEMA))
                : Optional.empty();
    }

    private Result summary(String out) {
        Dataset<Row> manifest =
                spark.read().parquet(out + "/" + ManifestTable.NAME).cache();
        Map<String, Long> counts = new TreeMap<>();
        for (Row row : manifest.groupBy(ManifestTable.SPLIT, ManifestTable.TARGET)
                .count()
                .collectAsList()) {
            counts.put(row.getString(0) + " " + row.getInt(1), row.getLong(2));
        }
        long rejected = 0;
        List<Row> reasons = spark.read()
                .parquet(out + "/" + MarkingRejectsTable.NAME)
                .groupBy(MarkingRejectsTable.REASON)
                .count()
                .orderBy(MarkingRejectsTable.REASON)
                .collectAsList();
        for (String split : List.of(ManifestTable.TRAIN, ManifestTable.VALIDATION)) {
            long benign = counts.getOrDefault(split + " 0", 0L);
            long melanoma = counts.getOrDefault(split + " 1", 0L);
            Console.line("%-10s %,8d images: %,d melanoma, %,d not", split, benign + melanoma, melanoma, benign);
        }
        for (Row reason : reasons) {
            Console.line("rejected   %,8d rows: %s", reason.getLong(1), reason.getString(0));
            rejected += reason.getLong(1);
        }
        if (counts.isEmpty()) {
            throw new JobException("no row of prepare.marking could be used; the reasons are in " + out + "/"
                    + MarkingRejectsTable.NAME);
        }
        warnOfOneClass(counts);
        audit(OverlapAudit.of(manifest));
        manifest.unpersist();
        Console.line("manifest and rejects: %s", out);
        return new Result(
                out,
                counts.getOrDefault("train 0", 0L) + counts.getOrDefault("train 1", 0L),
                counts.getOrDefault("validation 0", 0L) + counts.getOrDefault("validation 1", 0L),
                rejected);
    }

    private void audit(OverlapAudit audit) {
        Console.line(
                "overlap audit: %,d ids on both sides, %,d groups on both sides, %,d images without a group",
                audit.ids(), audit.groups(), audit.rowsWithoutGroup());
        if (settings.groupColumn().isEmpty()) {
            Console.line("               split by row: the same patient or lesion may be on both sides; if the marking"
                    + " file names them, set prepare.group-column");
        }
    }

    private static Column[] columns() {
        return Arrays.stream(ManifestTable.SCHEMA.fieldNames())
                .map(name -> col(name))
                .toArray(Column[]::new);
    }
}
