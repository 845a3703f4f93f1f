package org.attnvgg.spark.job;

/** A job that was told to stop and did so in good order: the message says what it kept and how to go on. */
public final class StoppedException extends JobException {

    private static final long serialVersionUID = 1;

    /** What the job kept, and how to go on. */
    public StoppedException(String message) {
        super(message);
    }
}
