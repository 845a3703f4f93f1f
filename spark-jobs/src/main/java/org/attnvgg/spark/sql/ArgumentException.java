package org.attnvgg.spark.sql;

/**
 * An argument that a function on attention maps cannot work with, in one sentence. It has no stack trace: the mistake is in
 * the query, and Spark prints the traces of what fails in a task.
 */
public final class ArgumentException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    /** Names the function, what it was given, and what it expected. */
    ArgumentException(AttentionFunction function, String given, String expected) {
        super(function.sqlName() + ": " + given + "; expected " + expected);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
