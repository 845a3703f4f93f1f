package org.attnvgg.spark.train;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.StableHash;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.data.ManifestTable;
import org.attnvgg.spark.job.JobException;

/**
 * The images of a manifest; the validation split has both classes, without which no epoch could be told from another.
 *
 * @param training those that are trained on
 * @param validating those that the result is tried on
 */
record TrainingData(List<ImageRef> training, List<ImageRef> validating) {

    /**
     * Reads both splits.
     *
     * @throws JobException if one is empty, or the validation split has one class only: it says what to do
     */
    static TrainingData read(SparkSession spark, String manifest) {
        TrainingData data = new TrainingData(
                split(spark, manifest, ManifestTable.TRAIN), split(spark, manifest, ManifestTable.VALIDATION));
        data.requireBothClasses(manifest);
        return data;
    }

    private void requireBothClasses(String manifest) {
        long positives = validating.stream().filter(ref -> ref.target() == 1).count();
        if (positives == 0 || positives == validating.size()) {
            throw new JobException(
                    ("train.manifest = %s: all %,d rows of split '%s' have target %d, so that no AUC could tell which epoch"
                                    + " is the best; run prepare again with images of both classes, a larger"
                                    + " prepare.validation-fraction or another seed")
                            .formatted(
                                    manifest,
                                    validating.size(),
                                    ManifestTable.VALIDATION,
                                    validating.get(0).target()));
        }
    }

    private static List<ImageRef> split(SparkSession spark, String manifest, String name) {
        List<ImageRef> refs = new ArrayList<>();
        for (Row row : ManifestTable.read(spark, "train.manifest", manifest)
                .filter(col(ManifestTable.SPLIT).equalTo(name))
                .select(ManifestTable.IMAGE_ID, ManifestTable.IMAGE_URI, ManifestTable.TARGET)
                .orderBy(ManifestTable.IMAGE_ID)
                .collectAsList()) {
            refs.add(new ImageRef(row.getString(0), row.getString(1), row.getInt(2)));
        }
        if (refs.isEmpty()) {
            throw new JobException(
                    "train.manifest = " + manifest + ": no row of split '" + name + "'; run prepare again");
        }
        return refs;
    }

    /** How many images there are. */
    int size() {
        return training.size() + validating.size();
    }

    /** Identity of ids and labels of both splits. */
    String hash() {
        long hash = 0;
        for (List<ImageRef> refs : List.of(training, validating)) {
            for (ImageRef ref : refs) {
                hash = StableHash.of(hash, ref.target(), ref.id());
            }
        }
        return "%016x".formatted(hash);
    }
}
