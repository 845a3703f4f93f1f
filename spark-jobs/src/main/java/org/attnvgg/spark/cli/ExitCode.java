package org.attnvgg.spark.cli;

/** What a job's process ends with. */
public enum ExitCode {
    DONE(0, "The job did what it was told to."),
    FAILED(1, "The job failed; the line that begins with attnvgg: failed says why."),
    USAGE(2, "The job was wrongly called: an unknown job or key, or a value that is not allowed. Nothing was done."),
    BUSY(3, "Another run is at work on the same tables. Nothing was done."),
    STOPPED(
            143,
            "SIGTERM stopped the job; train and rescore keep what is whole and say how to go on. Ctrl-C gives 130.");

    private final int code;
    private final String text;

    ExitCode(int code, String text) {
        this.code = code;
        this.text = text;
    }

    /** The number. */
    public int code() {
        return code;
    }

    /** What it means, in sentences. */
    public String text() {
        return text;
    }
}
