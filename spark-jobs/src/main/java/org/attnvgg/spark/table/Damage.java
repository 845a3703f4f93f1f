package org.attnvgg.spark.table;

/**
 * Something in the tables that does not fit together.
 *
 * @param runId the run that it concerns; null for a file that is no run's
 * @param what what was found, as a clause
 */
public record Damage(Kind kind, String runId, String what) {

    /** What can be wrong. */
    public enum Kind {
        /** A run's row of runs cannot be read. */
        UNREADABLE_RUN,
        /** A committed run has other rows than its row of runs says. */
        OTHER_ROWS,
        /** Rows of a run that is neither in runs nor known as unfinished. */
        UNKNOWN_RUN,
        /** A file among the tables that is not theirs. */
        FOREIGN_FILE
    }
}
