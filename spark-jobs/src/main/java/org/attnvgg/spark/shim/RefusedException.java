package org.attnvgg.spark.shim;

/** A message that is not taken: it changed nothing. */
public final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Refused for that reason. */
    public RefusedException(String why) {
        super(why);
    }

    /** Refused for that reason, which another exception gave. */
    public RefusedException(String why, Throwable cause) {
        super(why, cause);
    }
}
