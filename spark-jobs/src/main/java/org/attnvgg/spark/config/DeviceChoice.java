package org.attnvgg.spark.config;

/** Where a job may compute. */
public enum DeviceChoice {
    /** On the GPU that Spark assigned to a task, else on the CPU. */
    AUTO,
    /** On a GPU; without one the job fails. */
    GPU,
    /** On the CPU. */
    CPU
}
