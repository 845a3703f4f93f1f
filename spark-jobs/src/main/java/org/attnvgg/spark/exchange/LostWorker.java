package org.attnvgg.spark.exchange;

/**
 * A task that was lost in the middle of a step; its shards have moved already.
 *
 * @param executor the id of its executor
 * @param frozen whether its connection still stood, so that its process may still be there
 * @param text what happened, and what it was doing
 */
public record LostWorker(String executor, boolean frozen, String text) {}
