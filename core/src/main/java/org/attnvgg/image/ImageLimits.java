package org.attnvgg.image;

import java.io.Serializable;

/**
 * What is refused from an image's header, before it is decoded.
 *
 * @param minSide fewest pixels of the shorter side
 * @param maxPixels most pixels of the whole image; a decoded pixel takes 3 bytes
 */
public record ImageLimits(int minSide, long maxPixels) implements Serializable {

    private static final long serialVersionUID = 1;

    public ImageLimits {
        if (minSide < 1 || maxPixels < 1) {
            throw new IllegalArgumentException("image limits: min-side = " + minSide + ", max-pixels = " + maxPixels
                    + ": both must be at least 1");
        }
    }

    void check(int width, int height) throws RejectedImageException {
        String size = "%d×%d pixels".formatted(width, height);
        if ((long) width * height > maxPixels) {
            throw new RejectedImageException(RejectReason.TOO_LARGE, "%s, more than %,d".formatted(size, maxPixels));
        }
        if (Math.min(width, height) < minSide) {
            throw new RejectedImageException(
                    RejectReason.TOO_SMALL, "%s, the shorter side under %d".formatted(size, minSide));
        }
    }
}
