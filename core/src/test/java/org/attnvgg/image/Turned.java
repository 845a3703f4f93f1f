package org.attnvgg.image;

/** Turns images pixel by pixel, by the words of EXIF 2.32: which sides the stored row 0 and column 0 show. */
final class Turned {

    private static final String[] ROW_0 = {"top", "top", "bottom", "bottom", "left", "right", "right", "left"};
    private static final String[] COLUMN_0 = {"left", "right", "right", "left", "top", "top", "bottom", "bottom"};

    private Turned() {}

    /** The upright image of one that is stored with an orientation, 1 to 8. */
    static RgbImage by(int orientation, RgbImage stored) {
        boolean transposed = orientation > 4;
        int width = transposed ? stored.height() : stored.width();
        int height = transposed ? stored.width() : stored.height();
        byte[] pixels = new byte[stored.pixels().length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int row = distance(ROW_0[orientation - 1], x, y, width, height);
                int column = distance(COLUMN_0[orientation - 1], x, y, width, height);
                int from = (row * stored.width() + column) * RgbImage.CHANNELS;
                System.arraycopy(stored.pixels(), from, pixels, (y * width + x) * RgbImage.CHANNELS, RgbImage.CHANNELS);
            }
        }
        return new RgbImage(width, height, pixels);
    }

    /** How far a pixel of the upright image is from one of its sides. */
    private static int distance(String side, int x, int y, int width, int height) {
        return switch (side) {
            case "top" -> y;
            case "bottom" -> height - 1 - y;
            case "left" -> x;
            default -> width - 1 - x;
        };
    }
}
