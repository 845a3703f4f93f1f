/**
 * {@code train}: epochs of synchronous steps, each a gradient of every shard averaged on the driver. Start with
 * {@link org.attnvgg.spark.train.TrainJob}; {@link org.attnvgg.spark.exchange.ExchangeServer} receives the gradients.
 */
package org.attnvgg.spark.train;
