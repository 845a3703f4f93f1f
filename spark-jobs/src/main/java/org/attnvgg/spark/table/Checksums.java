package org.attnvgg.spark.table;

import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetInputFormat;

/** The checksums of Parquet's pages, which writers write unless they are told not to, and readers ignore unless they are told to look. */
final class Checksums {

    private Checksums() {}

    /** Settings of readers who look. */
    static Configuration verified(Configuration hadoop) {
        Configuration verified = new Configuration(hadoop);
        verified.setBoolean(ParquetInputFormat.PAGE_VERIFY_CHECKSUM_ENABLED, true);
        return verified;
    }

    /** The first line of what a reader says of a file that it cannot read. */
    static String reason(Throwable e) {
        String message = e.getMessage();
        return message == null || message.isBlank()
                ? e.getClass().getSimpleName()
                : message.strip().lines().findFirst().orElseThrow();
    }
}
