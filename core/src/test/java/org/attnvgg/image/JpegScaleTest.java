package org.attnvgg.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.attnvgg.image.ImageDecoder.Decoded;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What decoding at reduced scale leaves of a JPEG. */
class JpegScaleTest {

    private static final ImageDecoder DECODER = new ImageDecoder(new ImageLimits(32, 100_000_000));

    @ParameterizedTest
    @CsvSource({
        "golden/transforms/wide640x480.jpg, 224, 640", // 480 is less than twice 1.5 times 224
        "golden/transforms/wide640x480.jpg, 160, 320",
        "golden/transforms/wide640x480.jpg, 64, 160",
        "golden/transforms/wide640x480.jpg, 40, 80",
        "bad/rgba.png, 32, 320", // a PNG has no scales
    })
    void aImageIsDecodedAtTheSmallestScaleThatLeavesHalfAsMuchAgainAsTheInput(
            String file, int imageSize, int decodedWidth) throws Exception {
        assertThat(decode(file, JpegScale.REDUCED, imageSize).image().width()).isEqualTo(decodedWidth);
    }

    @Test
    void theImagesOwnSizeIsKnownAlsoWhenItIsTurned() throws Exception {
        Decoded turned = decode("bad/exif_orientation_6.jpg", JpegScale.REDUCED, 64);
        assertThat(turned.image().width()).isEqualTo(120);
        assertThat(turned.width()).isEqualTo(240);
        assertThat(turned.height()).isEqualTo(320);
    }

    @ParameterizedTest
    @CsvSource({"wide640x480.jpg, 160", "square512.jpg, 160", "tall301x517.jpg, 96", "gray400x300.jpg, 64"})
    void theInputDiffersByLessThanTwoLevelsOnAverage(String file, int imageSize) throws Exception {
        byte[] exact = input(file, JpegScale.FULL, imageSize);
        byte[] reduced = input(file, JpegScale.REDUCED, imageSize);
        long difference = 0;
        for (int i = 0; i < exact.length; i++) {
            difference += Math.abs((exact[i] & 0xff) - (reduced[i] & 0xff));
        }
        assertThat((double) difference / exact.length).isGreaterThan(0).isLessThan(2);
    }

    @Test
    void predictionsOfTheTwoAreNotTakenForOneAnother() {
        assertThat(Preprocessing.id(224, JpegScale.REDUCED)).isNotEqualTo(Preprocessing.id(224, JpegScale.FULL));
    }

    private static byte[] input(String file, JpegScale scale, int imageSize) throws Exception {
        RgbImage image = decode("golden/transforms/" + file, scale, imageSize).image();
        return PilTransforms.networkInput(image, Augmentation.NONE, imageSize).pixels();
    }

    private static Decoded decode(String file, JpegScale scale, int imageSize) throws Exception {
        Path path = Path.of(JpegScaleTest.class.getResource("/" + file).toURI());
        return DECODER.decode(Files.readAllBytes(path), scale, imageSize);
    }
}
