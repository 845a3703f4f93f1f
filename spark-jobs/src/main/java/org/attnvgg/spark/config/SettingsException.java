package org.attnvgg.spark.config;

/** A setting that cannot be used: the message names key, value, and what is allowed. */
public final class SettingsException extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** What is wrong and what would be right. */
    public SettingsException(String message) {
        super(message);
    }
}
