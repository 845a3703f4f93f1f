package org.attnvgg.image;

import java.util.SplittableRandom;
import org.attnvgg.StableHash;

/**
 * How one image is turned before it is resized: {@code RandomRotation(10)} and {@code RandomHorizontalFlip()}.
 *
 * @param angle degrees counter-clockwise
 * @param flip whether left and right change places, after the rotation
 */
public record Augmentation(double angle, boolean flip) {

    /** Leaves the image as it is. */
    public static final Augmentation NONE = new Augmentation(0, false);

    private static final double MAX_ANGLE = 10;

    /** The draw for an image in an epoch: it depends on nothing else. */
    public static Augmentation draw(long seed, int epoch, String imageId) {
        SplittableRandom random = new SplittableRandom(StableHash.of(seed, epoch, imageId));
        return new Augmentation(random.nextDouble(-MAX_ANGLE, MAX_ANGLE), random.nextBoolean());
    }
}
