/**
 * Carries weights from the driver to the training tasks and their gradients back, over Spark's own transport
 * ({@code spark-network-common}): weights as streams that tasks open, gradients as streams that they upload. The driver's
 * end is {@link org.attnvgg.spark.exchange.ExchangeServer}, a task's {@link org.attnvgg.spark.exchange.ExchangeClient};
 * {@link org.attnvgg.spark.exchange.Coordinator} decides who computes which shard.
 */
package org.attnvgg.spark.exchange;
