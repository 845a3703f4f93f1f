package org.attnvgg.spark.prepare;

/** The rows of marking files that {@code prepare} did not use, and why. */
public final class MarkingRejectsTable {

    /** The table's folder under {@code prepare.out}. */
    public static final String NAME = "rejects";

    /** The id as it stands in the file; null where there is none. */
    public static final String IMAGE_ID = "image_id";
    /** A {@link MarkingRejectReason}. */
    public static final String REASON = "reason";
    /** What was found and what was expected. */
    public static final String DETAIL = "detail";
    /** The marking file. */
    public static final String FILE = "file";
    /** The line's number in it, from 1 for the header. */
    public static final String LINE_NUMBER = "line_number";
    /** The line. */
    public static final String LINE = "line";

    private MarkingRejectsTable() {}
}
