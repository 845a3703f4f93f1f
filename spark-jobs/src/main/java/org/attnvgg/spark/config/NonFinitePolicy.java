package org.attnvgg.spark.config;

/** What becomes of a training step with a number that is not finite. */
public enum NonFinitePolicy {
    /** The run ends. */
    STOP,
    /** The step is left out. */
    SKIP
}
