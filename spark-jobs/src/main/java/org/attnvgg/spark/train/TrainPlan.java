package org.attnvgg.spark.train;

import java.io.Serializable;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.Precision;
import org.attnvgg.training.FocalLoss;

/**
 * All that executors need to know of a run but its examples and weights.
 *
 * @param runId tells runs apart in an executor that serves several
 * @param network which network
 * @param precision of the convolutions
 * @param device {@code auto}, {@code gpu} or {@code cpu}
 * @param focalAlpha see {@link FocalLoss}
 * @param focalGamma see {@link FocalLoss}
 * @param augment whether pictures are rotated and flipped
 * @param seed of augmentation and dropout
 * @param limits on pictures
 */
record TrainPlan(
        String runId,
        NetworkSettings network,
        Precision precision,
        String device,
        double focalAlpha,
        double focalGamma,
        boolean augment,
        long seed,
        ImageLimits limits)
        implements Serializable {

    private static final long serialVersionUID = 1;

    FocalLoss loss() {
        return new FocalLoss(focalAlpha, focalGamma);
    }
}
