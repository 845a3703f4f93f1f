package org.attnvgg.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.junit.jupiter.api.Test;

/** JPEG files of every kind that libjpeg-turbo writes are whole, and are not when something of their data is missing. */
class JpegDataTest {

    private static final ImageDecoder DECODER = new ImageDecoder(new ImageLimits(1, 1 << 24));

    private static final int[] SAMPLINGS = {
        opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_411,
        opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_422,
        opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_440,
        opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_444
    };

    /** A file and how it was written. */
    private record Written(String how, byte[] bytes) {}

    private static List<Written> all() {
        SplittableRandom random = new SplittableRandom(1);
        List<Written> all = new ArrayList<>();
        for (int sampling : SAMPLINGS) {
            for (int progressive = 0; progressive <= 1; progressive++) {
                for (int optimized = 0; optimized <= 1; optimized++) {
                    for (int restart : new int[] {0, 1, 7}) {
                        int width = 17 + random.nextInt(80);
                        int height = 17 + random.nextInt(80);
                        int channels = random.nextInt(4) == 0 ? 1 : 3;
                        int[] settings = {
                            opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR, sampling,
                            opencv_imgcodecs.IMWRITE_JPEG_PROGRESSIVE, progressive,
                            opencv_imgcodecs.IMWRITE_JPEG_OPTIMIZE, optimized,
                            opencv_imgcodecs.IMWRITE_JPEG_RST_INTERVAL, restart,
                            opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 1 + random.nextInt(100)
                        };
                        String how = "%d×%d×%d %s".formatted(width, height, channels, Arrays.toString(settings));
                        all.add(new Written(how, written(width, height, channels, settings)));
                    }
                }
            }
        }
        return all;
    }

    private static byte[] written(int width, int height, int channels, int[] settings) {
        try (Mat image = new Mat(height, width, opencv_core.CV_8UC(channels));
                Mat low = new Mat(1, 1, opencv_core.CV_64FC1, new Scalar(0));
                Mat high = new Mat(1, 1, opencv_core.CV_64FC1, new Scalar(256));
                IntPointer parameters = new IntPointer(settings);
                BytePointer encoded = new BytePointer()) {
            opencv_core.randu(image, low, high);
            opencv_imgcodecs.imencode(".jpg", image, encoded, parameters);
            byte[] bytes = new byte[(int) encoded.limit()];
            encoded.get(bytes);
            return bytes;
        }
    }

    @Test
    void aWholeFileIsDecoded() throws Exception {
        for (Written file : all()) {
            assertThat(DECODER.decode(file.bytes).width()).as(file.how).isPositive();
        }
    }

    @Test
    void aFileWithoutTheLastOfItsDataIsDamaged() {
        for (Written file : all()) {
            byte[] whole = file.bytes;
            byte[] cut =
                    JpegFiles.concat(Arrays.copyOf(whole, whole.length - 6), new byte[] {(byte) 0xff, (byte) 0xd9});
            assertDamaged(cut, file.how);
        }
    }

    @Test
    void aFileWhoseLastScanIsThereTwiceIsDamaged() {
        byte[] end = {(byte) 0xff, (byte) 0xd9};
        for (Written file : all()) {
            byte[] jpeg = file.bytes;
            byte[] before = Arrays.copyOf(jpeg, jpeg.length - 2);
            byte[] scan = Arrays.copyOfRange(jpeg, JpegFiles.startOfLastScan(jpeg), jpeg.length - 2);
            assertDamaged(JpegFiles.concat(before, scan, end), file.how);
            byte[] data = Arrays.copyOfRange(jpeg, JpegFiles.dataOfLastScan(jpeg), jpeg.length - 2);
            if (data.length > 64) {
                assertDamaged(JpegFiles.concat(before, data, end), file.how);
            }
        }
    }

    @Test
    void aFileWhoseDataAreZerosIsDamaged() {
        for (Written file : all()) {
            byte[] jpeg = file.bytes;
            assertDamaged(JpegFiles.withData(jpeg, new byte[1 << 16]), file.how);
        }
    }

    @Test
    void aFileWithFillBytesOrACommentBeforeItsEndIsWhole() throws Exception {
        byte[] comment = new byte[2 + 2000];
        comment[0] = (byte) 0xff;
        comment[1] = (byte) 0xfe;
        comment[2] = (byte) (2000 >> 8);
        comment[3] = (byte) 2000;
        byte[] fill = new byte[3000];
        Arrays.fill(fill, (byte) 0xff);
        for (Written file : all()) {
            byte[] before = Arrays.copyOf(file.bytes, file.bytes.length - 2);
            byte[] end = {(byte) 0xff, (byte) 0xd9};
            byte[] odd = JpegFiles.concat(before, comment, fill, end);
            assertThat(DECODER.decode(odd).pixels())
                    .as(file.how)
                    .isEqualTo(DECODER.decode(file.bytes).pixels());
        }
    }

    /** A part of the data in the place of another is found where the codes run out of step, which they nearly always do. */
    @Test
    void mostFilesWithAPartOfTheirDataTwiceAreDamaged() {
        int damaged = 0;
        List<Written> all = all();
        for (Written file : all) {
            byte[] jpeg = file.bytes.clone();
            int data = JpegFiles.dataOfLastScan(jpeg);
            int length = (jpeg.length - 2 - data) / 3;
            System.arraycopy(jpeg, data, jpeg, data + length + 1, length);
            try {
                DECODER.decode(jpeg);
            } catch (RejectedImageException e) {
                damaged++;
            }
        }
        assertThat(damaged).isGreaterThan(all.size() * 8 / 10);
    }

    private static void assertDamaged(byte[] jpeg, String how) {
        assertThatThrownBy(() -> DECODER.decode(jpeg))
                .as(how)
                .isInstanceOfSatisfying(
                        RejectedImageException.class,
                        rejected -> assertThat(rejected.reason()).isEqualTo(RejectReason.DAMAGED));
    }
}
