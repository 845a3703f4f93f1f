package org.attnvgg.spark.job;

import java.util.Optional;

/** A job that cannot go on, for a reason its user can act on: the message says which. */
public class JobException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** What stands in the way, and what to do about it. */
    public JobException(String message) {
        super(message);
    }

    /** A failure that another exception caused. */
    public JobException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The one that caused another exception, as Spark wraps what its tasks throw in pages of text. */
    public static Optional<JobException> in(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof JobException found) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }
}
