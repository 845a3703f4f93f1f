package org.attnvgg.spark.job;

/** A job that another run keeps from starting, or from publishing: it may be tried again later. */
public final class BusyException extends JobException {

    private static final long serialVersionUID = 1;

    /** Who is at work, and where. */
    public BusyException(String message) {
        super(message);
    }
}
