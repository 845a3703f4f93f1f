package org.attnvgg.image;

/** An image that cannot be used, and why: for a table of rejects, not to end a job. */
public final class RejectedImageException extends Exception {

    private static final long serialVersionUID = 1;

    private final RejectReason reason;

    /** A reject with what was found and what was expected. */
    public RejectedImageException(RejectReason reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    /** Why. */
    public RejectReason reason() {
        return reason;
    }
}
