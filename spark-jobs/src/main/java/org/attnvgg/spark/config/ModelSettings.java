package org.attnvgg.spark.config;

import java.util.Optional;
import org.attnvgg.model.NetworkConfig;

/** Which network is trained. */
@Section("model")
public record ModelSettings(
        @Key(value = "1", greaterThan = 0, atMost = 4, text = "Multiplier of every channel count; 1 is VGG16.")
        double width,

        @Key(
                value = "224",
                unit = "pixels",
                atLeast = 32,
                atMost = 1024,
                multipleOf = 32,
                text = "Height and width of the network's input.")
        int imageSize,

        @Key(value = "true", text = "Attention by softmax over positions (true) or by sigmoid at each (false).")
        boolean normalizeAttn,

        @Key(
                atLeast = 0,
                lessThan = 1,
                text = "Probability of dropping a feature before the classifier while training. None: no dropout.")
        Optional<Double> dropout) {

    /** The network itself. */
    public NetworkConfig network() {
        return new NetworkConfig(width, imageSize, normalizeAttn, dropout.orElse(0.0));
    }
}
