package org.attnvgg.model;

import java.io.Serializable;

/**
 * What makes one AttnVGG differ from another.
 *
 * @param width multiplier of every channel count; 1 is the VGG16 of the paper. Counts are rounded to multiples of 8.
 * @param imageSize height and width of the input in pixels, a multiple of 32 and at most 1024
 * @param normalizeAttn true: attention is a softmax over the positions; false: a sigmoid at each position
 * @param dropout probability of dropping a feature before the classifier while training; 0 for none
 */
public record NetworkConfig(double width, int imageSize, boolean normalizeAttn, double dropout)
        implements Serializable {

    private static final long serialVersionUID = 1;

    /** The notebook's network: width 1, 224×224, softmax attention, no dropout. */
    public static final NetworkConfig NOTEBOOK = new NetworkConfig(1.0, 224, true, 0);

    private static final int CHANNEL_MULTIPLE = 8;

    public NetworkConfig {
        require(width > 0 && width <= 4, "width", width, "above 0 and at most 4");
        require(
                imageSize >= 32 && imageSize <= 1024 && imageSize % 32 == 0,
                "image-size",
                imageSize,
                "a multiple of 32, from 32 to 1024");
        require(dropout >= 0 && dropout < 1, "dropout", dropout, "at least 0 and below 1");
    }

    private static void require(boolean valid, String name, Object value, String allowed) {
        if (!valid) {
            throw new IllegalArgumentException("model." + name + " = " + value + ": must be " + allowed);
        }
    }

    /** The channel count that stands for {@code base} channels of the full network. */
    int channels(int base) {
        return Math.max(1, Math.toIntExact(Math.round(base * width / CHANNEL_MULTIPLE))) * CHANNEL_MULTIPLE;
    }

    /** Height and width of the pool-3 attention map: 28 at 224. */
    public int pool3Size() {
        return imageSize / 8;
    }

    /** Height and width of the pool-4 attention map: 14 at 224. */
    public int pool4Size() {
        return imageSize / 16;
    }

    /** Pixels along an edge of the last convolutions' pooled map, from which attention takes its global view. */
    public int pool5Size() {
        return imageSize / 32;
    }
}
