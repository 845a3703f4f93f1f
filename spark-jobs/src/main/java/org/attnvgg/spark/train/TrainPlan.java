package org.attnvgg.spark.train;

import java.io.Serializable;
import java.util.UUID;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.runtime.WeightsCodec;
import org.attnvgg.spark.config.DeviceChoice;
import org.attnvgg.spark.config.TrainSettings;
import org.attnvgg.torchscript.Precision;
import org.attnvgg.training.FocalLoss;
import org.attnvgg.training.GradientCodec;
import org.attnvgg.training.GradientCodec.GradientPrecision;

/**
 * All that executors need to know of a run but its examples and weights.
 *
 * @param runId distinguishes runs in an executor that serves several
 * @param network which network
 * @param precision of the convolutions
 * @param gradientPrecision number format of gradients on their way
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
        NetworkConfig network,
        Precision precision,
        GradientPrecision gradientPrecision,
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
                GradientPrecision.of(settings.exchange().gradientPrecision().toString()),
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
    WeightsCodec weightsFormat() {
        return new WeightsCodec(layout(), precision);
    }

    /** How gradients travel. */
    GradientCodec gradientFormat() {
        return new GradientCodec(layout(), gradientPrecision);
    }
}
