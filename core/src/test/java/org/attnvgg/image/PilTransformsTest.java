package org.attnvgg.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images of extreme shapes; what ordinary ones look like is in {@link GoldenTransformsTest}. */
class PilTransformsTest {

    private static final int MIDDLE = 200;

    /** An image of stripes along its longer side, whose middle alone is bright. */
    private static RgbImage bright(int width, int height) {
        byte[] pixels = new byte[width * height * RgbImage.CHANNELS];
        long longer = Math.max(width, height);
        for (int i = 0; i < width * height; i++) {
            long along = width > height ? i % width : i / width;
            if (Math.abs(along - longer / 2) < MIDDLE) {
                pixels[i * RgbImage.CHANNELS] = (byte) 255;
            }
        }
        return new RgbImage(width, height, pixels);
    }

    @ParameterizedTest
    @CsvSource({"1, 20000000, 4096", "20000000, 1, 4096", "32, 625000, 224", "625000, 32, 224", "1, 20000000, 1"})
    void theMiddleOfALongNarrowImageIsAllThatIsComputed(int width, int height, int size) {
        RgbImage input = PilTransforms.networkInput(bright(width, height), Augmentation.NONE, size);
        assertThat(input.width()).isEqualTo(size);
        assertThat(input.height()).isEqualTo(size);
        for (int i = 0; i < size * size; i++) {
            if (input.pixels()[i * RgbImage.CHANNELS] != (byte) 255) {
                throw new AssertionError("pixel " + i + " is " + input.pixels()[i * RgbImage.CHANNELS]);
            }
        }
    }
}
