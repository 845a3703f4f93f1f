package org.attnvgg.spark.train;

import java.io.Serializable;
import java.util.UUID;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.Precision;
import org.attnvgg.model.WeightsFormat;
import org.attnvgg.spark.config.DeviceChoice;
import org.attnvgg.spark.config.TrainSettings;
import org.attnvgg.training.FocalLoss;
import org.attnvgg.training.GradientFormat;
import org.attnvgg.training.GradientFormat.Wire;

/**
 * All that executors need to know of a run but its examples and weights.
 *
 * @param runId distinguishes runs in an executor that serves several
 * @param network which network
 * @param precision of the convolutions
 * @param wire number format of gradients on their way
 * @param device where tasks compute
 * @param deterministic whether GPUs must give the same bits at every run
 * @param loss of one logit
 * @param augment whether images are rotated and flipped
 * @param seed of augmentation and dropout
 * @param limits on images
 * @param prefetchBytes most that an executor holds of decoded images before they are needed
 */
record TrainPlan(
        String runId,
        NetworkSettings network,
        Precision precision,
        Wire wire,
        DeviceChoice device,
        boolean deterministic,
        FocalLoss loss,
        boolean augment,
        long seed,
        ImageLimits limits,
        long prefetchBytes)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** The plan that settings give, for a new run. */
    static TrainPlan of(TrainSettings settings) {
        return new TrainPlan(
                UUID.randomUUID().toString(),
                settings.model().network(),
                settings.precision(),
                Wire.of(settings.exchange().gradientPrecision().toString()),
                settings.cluster().device(),
                settings.deterministic(),
                new FocalLoss(settings.focalAlpha(), settings.focalGamma()),
                settings.augment(),
                settings.random().seed(),
                settings.image().limits(),
                settings.prefetchBytes());
    }

    NetworkLayout layout() {
        return NetworkLayout.of(network);
    }

    /** How weights travel. */
    WeightsFormat weightsFormat() {
        return new WeightsFormat(layout(), precision);
    }

    /** How gradients travel. */
    GradientFormat gradientFormat() {
        return new GradientFormat(layout(), wire);
    }
}
