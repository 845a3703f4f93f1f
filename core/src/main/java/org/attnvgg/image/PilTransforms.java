package org.attnvgg.image;

/**
 * torchvision's transforms of PIL images, in PIL's arithmetic (Pillow's {@code Resample.c} and {@code Geometry.c}).
 */
public final class PilTransforms {

    private PilTransforms() {}

    /** Rotates and flips, then {@code Resize(size)} and {@code CenterCrop(size)}: a size×size image. */
    public static RgbImage networkInput(RgbImage image, Augmentation augmentation, int size) {
        RgbImage rotated = rotate(image, augmentation.angle());
        return resizeAndCrop(augmentation.flip() ? flip(rotated) : rotated, size);
    }

    /**
     * {@code Image.rotate}: about the centre, counter-clockwise, nearest neighbour, same size, black where nothing was.
     */
    static RgbImage rotate(RgbImage image, double degrees) {
        if (degrees == 0) {
            return image;
        }
        double radians = -Math.toRadians(degrees);
        double cos = Math.cos(radians);
        double sin = Math.sin(radians);
        double centerX = image.width() / 2.0;
        double centerY = image.height() / 2.0;
        double offsetX = -cos * centerX - sin * centerY + centerX;
        double offsetY = sin * centerX - cos * centerY + centerY;
        // 16.16 fixed point: the source of output pixel (x, y) is (a·x + b·y + c, d·x + e·y + f) at pixel centres.
        long a = fixed(cos);
        long b = fixed(sin);
        long d = fixed(-sin);
        long e = fixed(cos);
        long c = fixed(offsetX + cos * 0.5 + sin * 0.5);
        long f = fixed(offsetY - sin * 0.5 + cos * 0.5);
        byte[] in = image.pixels();
        byte[] out = new byte[in.length];
        int to = 0;
        for (int y = 0; y < image.height(); y++) {
            long sourceX = c + b * y;
            long sourceY = f + e * y;
            for (int x = 0; x < image.width(); x++, to += 3, sourceX += a, sourceY += d) {
                int column = (int) (sourceX >> 16);
                int row = (int) (sourceY >> 16);
                if (column >= 0 && column < image.width() && row >= 0 && row < image.height()) {
                    int from = (row * image.width() + column) * 3;
                    out[to] = in[from];
                    out[to + 1] = in[from + 1];
                    out[to + 2] = in[from + 2];
                }
            }
        }
        return new RgbImage(image.width(), image.height(), out);
    }

    private static long fixed(double value) {
        return (long) Math.floor(value * 65536.0 + 0.5);
    }

    /** Left and right change places. */
    static RgbImage flip(RgbImage image) {
        byte[] in = image.pixels();
        byte[] out = new byte[in.length];
        for (int y = 0; y < image.height(); y++) {
            int row = y * image.width() * 3;
            for (int x = 0; x < image.width(); x++) {
                System.arraycopy(in, row + x * 3, out, row + (image.width() - 1 - x) * 3, 3);
            }
        }
        return new RgbImage(image.width(), image.height(), out);
    }

    /**
     * {@code Resize(size)}, the shorter side to {@code size} by antialiased bilinear filtering, then
     * {@code CenterCrop(size)}; what the crop discards is not computed.
     */
    static RgbImage resizeAndCrop(RgbImage image, int size) {
        int shorter = Math.min(image.width(), image.height());
        long width = (long) size * image.width() / shorter;
        long height = (long) size * image.height() / shorter;
        PilResample columns = new PilResample(image.width(), width, cropStart(width, size), size);
        PilResample rows = new PilResample(image.height(), height, cropStart(height, size), size);
        byte[] narrowed = columns.horizontally(image, rows.firstInput(), rows.lastInput());
        return new RgbImage(size, size, rows.vertically(narrowed, size));
    }

    private static long cropStart(long length, int size) {
        return (long) Math.rint((length - size) / 2.0); // Python rounds halves to even
    }
}
