package org.attnvgg.spark.prepare;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.countDistinct;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.attnvgg.spark.data.ManifestTable;

/**
 * What is on both sides of a split and should not be.
 *
 * @param ids image ids
 * @param groups groups: patients or lesions
 * @param rowsWithoutGroup rows whose group is not known
 */
record OverlapAudit(long ids, long groups, long rowsWithoutGroup) {

    static OverlapAudit of(Dataset<Row> manifest) {
        return new OverlapAudit(
                onBothSides(manifest, ManifestTable.IMAGE_ID),
                onBothSides(manifest.filter(col(ManifestTable.GROUP).isNotNull()), ManifestTable.GROUP),
                manifest.filter(col(ManifestTable.GROUP).isNull()).count());
    }

    private static long onBothSides(Dataset<Row> manifest, String column) {
        return manifest.groupBy(column)
                .agg(countDistinct(ManifestTable.SPLIT).as("sides"))
                .filter(col("sides").gt(1))
                .count();
    }
}
