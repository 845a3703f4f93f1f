package org.attnvgg.spark.exchange;

import java.util.List;
import org.attnvgg.spark.data.Reject;

/**
 * What a task reports of a shard's step beside the gradient.
 *
 * @param examples images that it used
 * @param lossSum the sum of their losses
 * @param rejects images that it left out
 * @param decodeSeconds how long it waited for images
 * @param computeSeconds how long forward and backward took
 */
public record ShardReport(
        int examples, double lossSum, List<Reject> rejects, double decodeSeconds, double computeSeconds) {}
