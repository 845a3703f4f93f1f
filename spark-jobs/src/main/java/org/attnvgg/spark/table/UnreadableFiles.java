package org.attnvgg.spark.table;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.parquet.column.Encoding;
import org.attnvgg.spark.job.JobException;

/**
 * What errors of Parquet files mean. Spark and Parquet name no file where a later page is damaged, and no way out where a file has
 * an encoding that Spark does not read.
 */
final class UnreadableFiles {

    private static final Pattern RUN_ID = Pattern.compile("/" + ScoreTables.RUN_ID + "=([^/]+)/");

    /** What earlier versions wrote by default, and Spark 3.5 reads row by row only. */
    private static final String BYTE_STREAM_SPLIT =
            " was written by an earlier version in the encoding BYTE_STREAM_SPLIT: give the job the setting"
                    + " spark.sql.parquet.enableVectorizedReader=false, or score the images again";

    private UnreadableFiles() {}

    /** The error with the file's name and the way out. */
    static RuntimeException error(String file, Exception e) {
        if (e instanceof JobException known) {
            return known;
        }
        String reason = Checksums.reason(e);
        if (reason.contains(Encoding.BYTE_STREAM_SPLIT.name())) {
            return new JobException(file + BYTE_STREAM_SPLIT, e);
        }
        return new JobException(
                "%s is damaged (%s): bring it back from a copy, or set its run aside with 'attnvgg repair%s'"
                        .formatted(file, reason, run(file)),
                e);
    }

    private static String run(String path) {
        Matcher runId = RUN_ID.matcher(path);
        String tables = " rescore.tables=" + path.replaceFirst("/(predictions|attention|rejects|runs)/.*", "");
        return runId.find() ? tables + " repair.run=" + runId.group(1) : tables;
    }
}
