package org.attnvgg.spark.prepare;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.attnvgg.spark.data.ManifestTable;

/** Keeps every positive and a sample of the negatives: those that the seed's hash puts first. */
final class Rebalance {

    private final long seed;
    private final long negatives;

    Rebalance(long seed, long negatives) {
        this.seed = seed;
        this.negatives = negatives;
    }

    Dataset<Row> apply(Dataset<Row> records) {
        return records.withColumn(
                        "rank",
                        row_number()
                                .over(Window.partitionBy(ManifestTable.TARGET)
                                        .orderBy(
                                                SeededOrder.of(seed, "sample", col(ManifestTable.IMAGE_ID)),
                                                col(ManifestTable.IMAGE_ID))))
                .filter(col(ManifestTable.TARGET).equalTo(1).or(col("rank").leq(negatives)))
                .drop("rank");
    }
}
