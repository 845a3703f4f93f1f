package org.attnvgg.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
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
        "bit_flips.jpg, DAMAGED, marker 0xa3",
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
        RgbImage image = DECODER.decode(read("rgba.png"));
        byte[] bmp = AttentionOverlay.encode(image, ".bmp");
        assertThat(DECODER.decode(bmp).pixels()).isEqualTo(image.pixels());
        assertThatThrownBy(() -> DECODER.decode(Arrays.copyOf(bmp, bmp.length - 1)))
                .isInstanceOfSatisfying(
                        RejectedImageException.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(RejectReason.TRUNCATED));
    }

    @Test
    void aCompressedBitmapOfZerosAloneIsUnreadable() throws Exception {
        byte[] bmp = hostile("bmp_rle8_delta_out.bmp");
        int pixels = (bmp[10] & 0xff) | (bmp[11] & 0xff) << 8;
        Arrays.fill(bmp, pixels, bmp.length, (byte) 0);
        assertRejected(bmp, RejectReason.UNREADABLE, "has 0 of");
    }

    @Test
    void theFirstExifDataOfAJpegCount() throws Exception {
        byte[] turned = hostile("exif_ii_long_6.jpg");
        int exif = JpegFiles.indexOf(turned, 0xe1);
        int length = 2 + ((turned[exif + 2] & 0xff) << 8 | (turned[exif + 3] & 0xff));
        byte[] segment = Arrays.copyOfRange(turned, exif, exif + length);
        byte[] upright = segment.clone();
        for (int i = 0; i < upright.length; i++) {
            upright[i] = upright[i] == 6 ? 1 : upright[i];
        }
        byte[] both = JpegFiles.concat(
                Arrays.copyOf(turned, exif),
                upright,
                segment,
                Arrays.copyOfRange(turned, exif + length, turned.length));
        assertThat(DECODER.decode(both).width()).isEqualTo(128);
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

    @ParameterizedTest
    @CsvSource({
        "ref.jpg, 128, 96",
        "jpeg_no_eoi.jpg, 128, 96",
        "jpeg_rst_in_header.jpg, 128, 96",
        "exif_mm_long_6.jpg, 96, 128",
        "exif_ii_long_6.jpg, 96, 128",
        "png_bad_text_crc.png, 128, 96",
        "bmp_os2_core_header.bmp, 128, 96",
        "bmp_size_field_plus_2.bmp, 128, 96",
        "apng_gray_valid_dispose_background.png, 64, 64",
        "apng_hidden_default_image.png, 64, 64",
        "apng_hidden_fdat_empty.png, 32, 32",
        "apng_gray_dispose_background_4096x32.png, 4096, 32",
    })
    void anOddFileWithAWholeImageIsDecoded(String file, int width, int height) throws Exception {
        RgbImage image = DECODER.decode(hostile(file));
        assertThat(image.width()).isEqualTo(width);
        assertThat(image.height()).isEqualTo(height);
    }

    @ParameterizedTest
    @CsvSource({
        "apng_hidden_fdat_nocrc.png, UNREADABLE, no image data",
        "apng_hidden_unknown_critical_chunk.png, UNREADABLE, unknown chunk ABCD",
        "png_bad_idat_crc.png, UNREADABLE, chunk IDAT of checksum",
        "png_cgbi.png, UNSUPPORTED, an iPhone-optimised PNG",
        "jpeg_hidden_frame_16000x16000.jpg, TOO_LARGE, 16000×16000 pixels",
        "jpeg_progressive_100_empty_scans.jpg, UNREADABLE, more than 100 scans",
        "jpeg_progressive_1000_empty_scans.jpg, UNREADABLE, more than 100 scans",
        "jpeg_no_picture_data.jpg, DAMAGED, data do not fill the image",
        "jpeg_block_of_other_file.jpg, DAMAGED, data do not fill the image",
        "jpeg_cut_third_then_eoi.jpg, DAMAGED, data do not fill the image",
        "bmp_rle8_delta_out.bmp, UNREADABLE, leaves the image",
    })
    void aHostileFileIsRejectedWithItsReason(String file, RejectReason reason, String detail) throws IOException {
        assertRejected(hostile(file), reason, detail);
    }

    @Test
    void anAnimationIsItsStillImage() throws Exception {
        assertThat(DECODER.decode(hostile("apng_hidden_default_image.png")).pixels())
                .containsOnly(0x80);
    }

    /** ISO/IEC 15948, 11.3.3.4: cameras of 12 bits write samples up to 4,095, which is nearly black of 65,535. */
    @Test
    void samplesOfFewerSignificantBitsAreScaledByThem() throws Exception {
        assertThat(decodedGreys(4095, 2048, 12)).containsExactly(255, 128);
        assertThat(decodedGreys(4095, 2048, 16)).containsExactly(15, 8);
        assertThat(decodedGreys(0xfff0, 2048, 12))
                .as("scaled, as the standard has it")
                .containsExactly(255, 8);
    }

    /** What becomes of the left and the right half of a 16-bit PNG. */
    private static int[] decodedGreys(int left, int right, int significantBits) throws Exception {
        int side = 32;
        BufferedImage halves = new BufferedImage(side, side, BufferedImage.TYPE_USHORT_GRAY);
        for (int i = 0; i < side * side; i++) {
            halves.getRaster().setSample(i % side, i / side, 0, i % side < side / 2 ? left : right);
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(halves, "png", png);
        byte[] significant = PngFiles.chunk("sBIT", new byte[] {(byte) significantBits});
        byte[] pixels =
                DECODER.decode(PngFiles.with(png.toByteArray(), significant)).pixels();
        return new int[] {pixels[0] & 0xff, pixels[pixels.length - 1] & 0xff};
    }

    @Test
    void whatStandsBehindTheImageOrBesideItChangesNothing() throws Exception {
        byte[] pixels = DECODER.decode(hostile("ref.jpg")).pixels();
        for (String file : List.of("jpeg_no_eoi.jpg", "jpeg_rst_in_header.jpg")) {
            assertThat(DECODER.decode(hostile(file)).pixels()).as(file).isEqualTo(pixels);
        }
        byte[] padded = Arrays.copyOf(hostile("ref.jpg"), 100_000);
        assertThat(DECODER.decode(padded).pixels()).isEqualTo(pixels);
    }

    /** The data of a scan are swapped for others; its header and the end mark stay. */
    @Test
    void aScanOfZerosOrOfAnotherImageIsDamaged() throws Exception {
        byte[] image = hostile("ref.jpg");
        int data = JpegFiles.dataOfLastScan(image);
        byte[] foreign = Arrays.copyOfRange(read("gray.jpg"), 1000, 9000);
        byte[] own = Arrays.copyOfRange(image, data, image.length - 2);
        for (byte[] scan : List.of(
                new byte[0],
                new byte[100],
                new byte[image.length],
                new byte[100_000],
                foreign,
                JpegFiles.concat(own, own),
                JpegFiles.concat(own, new byte[20_000], foreign),
                Arrays.copyOf(Arrays.copyOf(own, own.length / 2), 20_000))) {
            assertRejected(JpegFiles.withData(image, scan), RejectReason.DAMAGED, "data do not fill the image");
        }
    }

    @Test
    void aScanThatIsFilledUpWithZerosIsWhole() throws Exception {
        byte[] image = hostile("ref.jpg");
        byte[] scan = Arrays.copyOfRange(image, JpegFiles.dataOfLastScan(image), image.length - 2);
        byte[] filled = JpegFiles.withData(image, Arrays.copyOf(scan, scan.length + 4096));
        assertThat(DECODER.decode(filled).pixels())
                .isEqualTo(DECODER.decode(image).pixels());
    }

    @Test
    void aProgressiveImageWithoutItsLastScansIsDamaged() throws Exception {
        byte[] image = read("progressive.jpg");
        int end = JpegFiles.startOfLastScan(image);
        byte[] cut = JpegFiles.concat(Arrays.copyOf(image, end), new byte[] {(byte) 0xff, (byte) 0xd9});
        assertRejected(cut, RejectReason.DAMAGED, "scans are missing");
    }

    @Test
    void aSecondFrameIsRefused() throws Exception {
        byte[] image = hostile("ref.jpg");
        int frame = JpegFiles.indexOf(image, 0xc0);
        byte[] header = Arrays.copyOfRange(image, frame, frame + 2 + 17);
        byte[] two =
                JpegFiles.concat(Arrays.copyOf(image, frame), header, Arrays.copyOfRange(image, frame, image.length));
        assertRejected(two, RejectReason.UNREADABLE, "a JPEG with two frame headers");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void aPngIsTurnedAsItsExifDataSay(int orientation) throws Exception {
        byte[] plain = read("rgba.png");
        byte[] turned = PngFiles.withExif(plain, orientation);
        assertThat(DECODER.decode(turned).pixels())
                .isEqualTo(Turned.by(orientation, DECODER.decode(plain)).pixels());
    }

    private static void assertRejected(byte[] bytes, RejectReason reason, String detail) {
        assertThatThrownBy(() -> DECODER.decode(bytes))
                .isInstanceOfSatisfying(
                        RejectedImageException.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(reason))
                .hasMessageContaining(detail);
    }

    private static byte[] hostile(String file) throws IOException {
        return Files.readAllBytes(Path.of("src/test/resources/hostile").resolve(file));
    }

    private static byte[] read(String file) throws IOException {
        return Files.readAllBytes(Path.of("src/test/resources/bad").resolve(file));
    }
}
