package org.attnvgg.spark.prepare;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.attnvgg.spark.data.ImageLister;
import org.attnvgg.spark.data.ManifestTable;

/** Which marking records are used: one for each image, with a label that no other record contradicts. */
final class Screening implements AutoCloseable {

    private static final String REASON = MarkingRejectsTable.REASON;
    private static final String DETAIL = MarkingRejectsTable.DETAIL;

    private final Dataset<Row> screened;

    /**
     * Screens records.
     *
     * @param files where images are looked for, by their URIs; none: they are not looked for
     */
    Screening(Dataset<Row> records, String imagesFolder, String extension, Optional<Dataset<Row>> files) {
        Dataset<Row> single = bySelf(records)
                .withColumn(
                        ManifestTable.IMAGE_URI, concat(lit(imagesFolder + "/"), col(MarkingFiles.ID), lit(extension)))
                .withColumn(
                        ManifestTable.TARGET,
                        when(
                                col(REASON).isNull(),
                                col(MarkingFiles.LABEL).cast("double").cast("int")));
        Dataset<Row> consistent = byOthers(single);
        screened = files.map(found -> byFiles(consistent, found))
                .orElse(consistent)
                .cache();
    }

    /** What is wrong with a record whatever the others say. */
    private static Dataset<Row> bySelf(Dataset<Row> records) {
        Column id = col(MarkingFiles.ID);
        Column label = col(MarkingFiles.LABEL);
        Column number = label.cast("double");
        Column outside = id.startsWith("/").or(id.contains(":")).or(id.rlike("(^|[/\\\\])\\.\\.([/\\\\]|$)"));
        Column reason = when(col(MarkingFiles.MALFORMED), MarkingRejectReason.MALFORMED.toString())
                .when(id.isNull(), MarkingRejectReason.MISSING_ID.toString())
                .when(outside, MarkingRejectReason.OUTSIDE_FOLDER.toString())
                .when(label.isNull(), MarkingRejectReason.MISSING_LABEL.toString())
                .when(
                        number.isNull().or(number.notEqual(0).and(number.notEqual(1))),
                        MarkingRejectReason.BAD_LABEL.toString());
        Column detail = when(
                        reason.equalTo(MarkingRejectReason.MALFORMED.toString()),
                        "other than the header's number of columns")
                .when(reason.equalTo(MarkingRejectReason.MISSING_ID.toString()), "no image id")
                .when(
                        reason.equalTo(MarkingRejectReason.OUTSIDE_FOLDER.toString()),
                        "the id leaves prepare.images, or is a path of its own")
                .when(reason.equalTo(MarkingRejectReason.MISSING_LABEL.toString()), "no label; expected 0 or 1")
                .when(
                        reason.equalTo(MarkingRejectReason.BAD_LABEL.toString()),
                        concat(lit("label '"), label, lit("'; expected 0 or 1")));
        return records.withColumn(REASON, reason).withColumn(DETAIL, detail);
    }

    /** What is wrong with a record because of others of the same id. */
    private static Dataset<Row> byOthers(Dataset<Row> single) {
        WindowSpec sameId = Window.partitionBy(REASON, MarkingFiles.ID);
        Column labels = size(collect_set(ManifestTable.TARGET).over(sameId));
        Column groups =
                size(collect_set(coalesce(col(MarkingFiles.GROUP), lit(""))).over(sameId));
        Column position = row_number().over(sameId.orderBy(MarkingFiles.FILE, MarkingFiles.LINE_NUMBER));
        Column contradiction = labels.gt(1).or(groups.gt(1));
        return single.withColumn("contradiction", contradiction)
                .withColumn("position", position)
                .withColumn(
                        DETAIL,
                        when(col(REASON).isNotNull(), col(DETAIL))
                                .when(col("contradiction"), "other lines give this id another label or group")
                                .when(col("position").gt(1), "an earlier line says the same of this id"))
                .withColumn(
                        REASON,
                        when(col(REASON).isNotNull(), col(REASON))
                                .when(col("contradiction"), MarkingRejectReason.CONTRADICTION.toString())
                                .when(col("position").gt(1), MarkingRejectReason.DUPLICATE.toString()))
                .drop("contradiction", "position");
    }

    /** What is wrong with a record because there is no such file. */
    private static Dataset<Row> byFiles(Dataset<Row> records, Dataset<Row> files) {
        Dataset<Row> found = files.select(col(ImageLister.IMAGE_URI).as("found"));
        Column missing = col(REASON).isNull().and(col("found").isNull());
        return records.join(found, col(ManifestTable.IMAGE_URI).equalTo(col("found")), "left_outer")
                .withColumn(
                        DETAIL,
                        when(missing, concat(lit("no file "), col(ManifestTable.IMAGE_URI)))
                                .otherwise(col(DETAIL)))
                .withColumn(
                        REASON,
                        when(missing, MarkingRejectReason.MISSING.toString()).otherwise(col(REASON)))
                .drop("found");
    }

    /** The records to use: image_id, image_uri, target, group. */
    Dataset<Row> accepted() {
        return screened.filter(col(REASON).isNull())
                .select(
                        col(MarkingFiles.ID).as(ManifestTable.IMAGE_ID),
                        col(ManifestTable.IMAGE_URI),
                        col(ManifestTable.TARGET),
                        col(MarkingFiles.GROUP).as(ManifestTable.GROUP));
    }

    /** The others, as {@link MarkingRejectsTable}. */
    Dataset<Row> rejects() {
        return screened.filter(col(REASON).isNotNull())
                .select(
                        col(MarkingFiles.ID).as(MarkingRejectsTable.IMAGE_ID),
                        col(REASON),
                        col(DETAIL),
                        col(MarkingFiles.FILE).as(MarkingRejectsTable.FILE),
                        col(MarkingFiles.LINE_NUMBER).as(MarkingRejectsTable.LINE_NUMBER),
                        col(MarkingFiles.LINE).as(MarkingRejectsTable.LINE));
    }

    @Override
    public void close() {
        screened.unpersist();
    }
}
