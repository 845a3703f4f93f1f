package org.attnvgg.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionOverlayTest {

    private static final RgbImage GREY = grey(32, 32);

    private static RgbImage grey(int width, int height) {
        byte[] pixels = new byte[width * height * RgbImage.CHANNELS];
        Arrays.fill(pixels, (byte) 128);
        return new RgbImage(width, height, pixels);
    }

    @Test
    void isRedWhereTheMapIsGreatestAndBlueWhereItIsLeastForSquareAndForRectangularMaps() {
        assertCorners(AttentionOverlay.of(GREY, new float[] {0, 1, 0, 1}, 2));
        assertCorners(AttentionOverlay.of(GREY, new float[] {0, 1}, 2));
        assertCorners(AttentionOverlay.of(GREY, new float[] {-3, 0, 7}, 3));
    }

    private static void assertCorners(RgbImage overlay) {
        int left = 0;
        int right = (overlay.width() - 1) * RgbImage.CHANNELS;
        // 0.6 of 128 and 0.4 of jet's ends: (0, 0, 128) and (128, 0, 0)
        assertThat(Arrays.copyOfRange(overlay.pixels(), left, left + 3)).containsExactly(77, 77, 128);
        assertThat(Arrays.copyOfRange(overlay.pixels(), right, right + 3)).containsExactly(128, 77, 77);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 28",
        "1, 4000",
        "0, 1",
        "0, 0",
        "4, 3",
        "4, 0",
        "4, -2",
        "4, -2147483648",
        "4, 2147483647",
        "1, 1073741824"
    })
    void refusesAMapThatIsNoWholeNumberOfRows(int length, int width) {
        assertThatThrownBy(() -> AttentionOverlay.of(GREY, new float[length], width))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an attention map of %d values with width %d: expected a positive multiple of a positive"
                                .formatted(length, width)
                        + " width");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void refusesValuesThatAreNotFinite(float value) {
        assertThatThrownBy(() -> AttentionOverlay.of(GREY, new float[] {1, value}, 1))
                .hasMessage("an attention map with " + value + " at element 1: expected finite values");
    }

    @ParameterizedTest
    @ValueSource(strings = {".webm", "", "png", ".png%d", ".tif"})
    void writesOnlyFormatsThatItKnows(String extension) {
        assertThatThrownBy(() -> AttentionOverlay.encode(GREY, extension))
                .hasMessage("extension '" + extension + "': expected one of .png, .jpg, .jpeg, .bmp");
    }

    @Test
    void saysThatAnImageIsTooWideForJpeg() {
        assertThatThrownBy(() -> AttentionOverlay.encode(grey(65_536, 1), ".jpg"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("OpenCV cannot write 65536×1 pixels as '.jpg'");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-1, -1", "0, 5", "-3, 2"})
    void thereIsNoImageWithoutPixels(int width, int height) {
        assertThatThrownBy(() -> new RgbImage(width, height, new byte[3]))
                .hasMessage("an image of %d×%d pixels: expected at least 1×1".formatted(width, height));
    }
}
