package org.attnvgg.spark.train;

import java.io.Serializable;
import java.util.UUID;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.Precision;
import org.attnvgg.model.WeightsFormat;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.config.SettingsException;
import org.attnvgg.training.FocalLoss;
import org.attnvgg.training.GradientFormat;
import org.attnvgg.training.GradientFormat.Wire;

/**
 * All that executors need to know of a run but its examples and weights.
 *
 * @param runId tells runs apart in an executor that serves several
 * @param network which network
 * @param precision of the convolutions
 * @param wire number format of gradients on their way
 * @param device {@code auto}, {@code gpu} or {@code cpu}
 * @param loss of one logit
 * @param augment whether pictures are rotated and flipped
 * @param seed of augmentation and dropout
 * @param limits on pictures
 * @param prefetchBytes most that an executor holds of decoded pictures before they are needed
 */
record TrainPlan(
        String runId,
        NetworkSettings network,
        Precision precision,
        Wire wire,
        String device,
        FocalLoss loss,
        boolean augment,
        long seed,
        ImageLimits limits,
        long prefetchBytes)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** The plan that settings give, for a new run. */
    static TrainPlan of(Settings settings) {
        return new TrainPlan(
                UUID.randomUUID().toString(),
                network(settings),
                Precision.of(settings.string("train.precision")),
                Wire.of(settings.string("train.wire")),
                settings.string("train.device"),
                new FocalLoss(settings.number("train.focal-alpha"), settings.number("train.focal-gamma")),
                settings.flag("train.augment"),
                settings.integer("seed"),
                new ImageLimits(settings.smallInteger("image.min-side"), settings.integer("image.max-pixels")),
                settings.integer("train.prefetch-bytes"));
    }

    private static NetworkSettings network(Settings settings) {
        try {
            return new NetworkSettings(
                    settings.number("model.width"),
                    settings.smallInteger("model.image-size"),
                    settings.flag("model.normalize-attn"),
                    settings.optionalString("model.dropout")
                            .map(Double::parseDouble)
                            .orElse(0.0));
        } catch (IllegalArgumentException e) {
            throw new SettingsException(e.getMessage());
        }
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
