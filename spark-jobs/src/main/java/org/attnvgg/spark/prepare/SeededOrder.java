package org.attnvgg.spark.prepare;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.xxhash64;

import org.apache.spark.sql.Column;

/** A random order that depends on the seed, the purpose and the text alone: not on rows' order, files or partitions. */
final class SeededOrder {

    private SeededOrder() {}

    static Column of(long seed, String purpose, Column text) {
        return xxhash64(lit(seed), lit(purpose), text);
    }
}
