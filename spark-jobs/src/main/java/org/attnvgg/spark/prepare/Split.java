package org.attnvgg.spark.prepare;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.attnvgg.spark.data.ManifestTable;

/**
 * Divides the rows into training and validation, stratified by class: by row, or by group so that no group is on both
 * sides.
 */
final class Split {

    private static final String STRATUM = "stratum";

    private final long seed;
    private final double validationFraction;

    Split(long seed, double validationFraction) {
        this.seed = seed;
        this.validationFraction = validationFraction;
    }

    /** By row: in each class the rows that the seed's hash puts first validate, to the row. */
    Dataset<Row> byRow(Dataset<Row> rows) {
        Column rank = row_number().over(order(ManifestTable.TARGET, ManifestTable.IMAGE_ID));
        Column validates = lit(false);
        for (ClassShare share : shares(rows)) {
            validates = validates.or(col(ManifestTable.TARGET)
                    .equalTo(share.target())
                    .and(col("rank").leq(share.validation())));
        }
        return named(rows.withColumn("rank", rank), validates).drop("rank");
    }

    /**
     * By group: groups with a positive and groups without one are two strata; in each, the groups that the seed's hash
     * puts first validate, as long as they hold no more rows than the stratum's share. A row without a group is its own.
     */
    Dataset<Row> byGroup(Dataset<Row> rows) {
        // A row's own id cannot be taken for a group's name.
        Column key = coalesce(
                concat(lit("group "), col(ManifestTable.GROUP)), concat(lit("image "), col(ManifestTable.IMAGE_ID)));
        Dataset<Row> keyed = rows.withColumn("key", key);
        Dataset<Row> groups = keyed.groupBy("key")
                .agg(count(lit(1)).as("rows"), max(ManifestTable.TARGET).as(STRATUM));
        Column before = sum("rows").over(order(STRATUM, "key"));
        Column all = sum("rows").over(Window.partitionBy(STRATUM));
        Dataset<Row> chosen = groups.withColumn("upto", before)
                .withColumn("all", all)
                .filter(col("upto").leq(col("all").multiply(validationFraction)))
                .select(col("key"), lit(true).as("validates"));
        return named(
                        keyed.join(chosen, keyed.col("key").equalTo(chosen.col("key")), "left")
                                .drop("key"),
                        coalesce(col("validates"), lit(false)))
                .drop("validates");
    }

    private WindowSpec order(String stratum, String unique) {
        return Window.partitionBy(stratum).orderBy(SeededOrder.of(seed, "split", col(unique)), col(unique));
    }

    private static Dataset<Row> named(Dataset<Row> rows, Column validates) {
        return rows.withColumn(
                ManifestTable.SPLIT, when(validates, ManifestTable.VALIDATION).otherwise(ManifestTable.TRAIN));
    }

    private record ClassShare(int target, long rows, double exact) {
        long validation() {
            return Math.round(exact);
        }
    }

    /**
     * How many rows of each class validate: together ⌈fraction·rows⌉, as scikit-learn's {@code train_test_split} counts,
     * and in each class its share to within one row.
     */
    private List<ClassShare> shares(Dataset<Row> rows) {
        List<ClassShare> classes = rows.groupBy(ManifestTable.TARGET).count().collectAsList().stream()
                .map(row -> new ClassShare(row.getInt(0), row.getLong(1), row.getLong(1) * validationFraction))
                .sorted(java.util.Comparator.comparingInt(ClassShare::target))
                .toList();
        long total = classes.stream().mapToLong(ClassShare::rows).sum();
        long wanted = (long) Math.ceil(total * validationFraction - 1e-9);
        long floors = classes.stream()
                .mapToLong(share -> (long) Math.floor(share.exact()))
                .sum();
        // The classes with the largest remainders get the rows that rounding down left over.
        List<Integer> roundedUp = classes.stream()
                .sorted(java.util.Comparator.comparingDouble(share -> Math.floor(share.exact()) - share.exact()))
                .limit(Math.max(0, wanted - floors))
                .map(ClassShare::target)
                .toList();
        return classes.stream()
                .map(share -> new ClassShare(
                        share.target(),
                        share.rows(),
                        Math.floor(share.exact()) + (roundedUp.contains(share.target()) ? 1 : 0)))
                .toList();
    }
}
