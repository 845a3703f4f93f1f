package org.attnvgg.spark.score;

import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.JpegScale;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.config.DeviceChoice;
import org.attnvgg.torchscript.Precision;

/**
 * All that a task needs to score.
 *
 * @param weightsId identity of the weights by their content: executors keep one network
 * @param network which network
 * @param weights its values
 * @param precision of the convolutions
 * @param device where tasks compute
 * @param batchSize images of a forward pass; {@link BatchSize#AUTO} to measure which is best
 * @param limits on images
 * @param scale at which JPEGs are decoded
 * @param hadoop how to reach them
 */
public record ScoringPlan(
        String weightsId,
        NetworkConfig network,
        Broadcast<Weights> weights,
        Precision precision,
        DeviceChoice device,
        int batchSize,
        ImageLimits limits,
        JpegScale scale,
        Broadcast<SerializableConfiguration> hadoop)
        implements Serializable {

    private static final long serialVersionUID = 1;
}
