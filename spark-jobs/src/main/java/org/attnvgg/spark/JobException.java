package org.attnvgg.spark;

/** A job that cannot go on, for a reason its user can act on: the message says which. */
public class JobException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** What stands in the way, and what to do about it. */
    public JobException(String message) {
        super(message);
    }

    /** Likewise, with what caused it. */
    public JobException(String message, Throwable cause) {
        super(message, cause);
    }
}
