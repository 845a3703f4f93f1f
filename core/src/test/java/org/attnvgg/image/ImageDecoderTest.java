package org.attnvgg.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where each kind of file ends: decoded, or rejected for its reason. */
class ImageDecoderTest {

    private static final ImageDecoder DECODER = new ImageDecoder(new ImageLimits(32, 100_000_000));

    @ParameterizedTest
    @CsvSource({
        "gray.jpg, 320, 240",
        "cmyk.jpg, 320, 240",
        "rgba.png, 320, 240",
        "gray16.png, 320, 240",
        "progressive.jpg, 320, 240",
        "exif_orientation_6.jpg, 240, 320", // stored as 320×240, shown turned
    })
    void isDecodedToRgb(String file, int width, int height) throws Exception {
        RgbImage image = DECODER.decode(read(file));
        assertThat(image.width()).isEqualTo(width);
        assertThat(image.height()).isEqualTo(height);
    }

    @ParameterizedTest
    @CsvSource({
        "empty.jpg, EMPTY, 0 bytes",
        "text.jpg, NOT_AN_IMAGE, expected JPEG",
        "truncated.jpg, TRUNCATED, before its end mark",
        "header_only.jpg, TRUNCATED, without a frame header",
        "one_pixel.png, TOO_SMALL, the shorter side under 32",
        "tall_1x4000.png, TOO_SMALL, 1×4000 pixels",
        "bit_flips.jpg, TOO_LARGE, 5631×33973 pixels", // the flips hit the header's size
    })
    void isRejectedWithItsReason(String file, RejectReason reason, String detail) throws IOException {
        byte[] bytes = read(file);
        RejectedImageException rejected =
                catchThrowableOfType(RejectedImageException.class, () -> DECODER.decode(bytes));
        assertThat(rejected.reason()).isEqualTo(reason);
        assertThat(rejected).hasMessageContaining(detail);
    }

    @Test
    void aBombIsRefusedFromItsHeader() {
        ByteBuffer png = ByteBuffer.allocate(64);
        png.putLong(0x89504e470d0a1a0aL)
                .putInt(13)
                .putInt(0x49484452)
                .putInt(30_000)
                .putInt(30_000);
        assertThatThrownBy(() -> DECODER.decode(png.array()))
                .isInstanceOfSatisfying(
                        RejectedImageException.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(RejectReason.TOO_LARGE))
                .hasMessage("30000×30000 pixels, more than 100,000,000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"progressive.jpg", "gray.jpg", "rgba.png"})
    void isTruncatedWhereverItIsCut(String file) throws IOException {
        byte[] whole = read(file);
        for (int length = 200; length < whole.length - 2; length += 331) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> DECODER.decode(cut))
                    .as(file + " cut at " + length)
                    .isInstanceOfSatisfying(
                            RejectedImageException.class,
                            rejected -> assertThat(rejected.reason()).isEqualTo(RejectReason.TRUNCATED));
        }
    }

    @Test
    void aBitmapIsReadToTheByteAndMissedByOne() throws Exception {
        RgbImage picture = DECODER.decode(read("rgba.png"));
        byte[] bmp = AttentionOverlay.encode(picture, ".bmp");
        assertThat(DECODER.decode(bmp).pixels()).isEqualTo(picture.pixels());
        assertThatThrownBy(() -> DECODER.decode(Arrays.copyOf(bmp, bmp.length - 1)))
                .isInstanceOfSatisfying(
                        RejectedImageException.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(RejectReason.TRUNCATED));
    }

    @Test
    void otherFormatsAreNamed() {
        assertThatThrownBy(() -> DECODER.decode(
                        "GIF89a.............................".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .isInstanceOfSatisfying(
                        RejectedImageException.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(RejectReason.UNSUPPORTED))
                .hasMessageContaining("GIF; expected JPEG, PNG or BMP");
    }

    private static byte[] read(String file) throws IOException {
        return Files.readAllBytes(Path.of("src/test/resources/bad").resolve(file));
    }
}
