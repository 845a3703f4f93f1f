/**
 * Pictures inside a task, for training and for scoring alike: read, decode, transform and batch, on the task's threads and
 * ahead of the device. Start with {@link org.attnvgg.spark.pipeline.BatchLoader}.
 */
package org.attnvgg.spark.pipeline;
