package org.attnvgg.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.JpegScale;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.Preprocessing;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.image.RgbImage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One image after the other of a folder of images, on one thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
public class ImageBenchmark {

    private static final int SIDE = 224;

    /** The folder: {@code -p folder=DIR}. */
    @Param("images")
    public String folder;

    private final ImageDecoder decoder = new ImageDecoder(new ImageLimits(32, 100_000_000));
    private final ByteBuffer input =
            ByteBuffer.allocateDirect(3 * SIDE * SIDE * Float.BYTES).order(ByteOrder.nativeOrder());
    private List<byte[]> files;
    private int next;

    @Setup
    public void read() throws IOException {
        try (Stream<Path> paths = Files.list(Path.of(folder))) {
            files = paths.filter(path -> path.toString().endsWith(".jpg"))
                    .sorted()
                    .map(ImageBenchmark::bytes)
                    .toList();
        }
    }

    private static byte[] bytes(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private byte[] file() {
        next = (next + 1) % files.size();
        return files.get(next);
    }

    /** From bytes to RGB. */
    @Benchmark
    public RgbImage decode() throws RejectedImageException {
        return decoder.decode(file());
    }

    /** From bytes to the network's input, normalised, without augmentation. */
    @Benchmark
    public ByteBuffer decodeTransformAndNormalise() throws RejectedImageException {
        return normalised(PilTransforms.networkInput(decoder.decode(file()), Augmentation.NONE, SIDE));
    }

    /** Likewise, of a JPEG that is decoded at the scale that the input needs. */
    @Benchmark
    public ByteBuffer decodeReducedTransformAndNormalise() throws RejectedImageException {
        RgbImage image = decoder.decode(file(), JpegScale.REDUCED, SIDE).image();
        return normalised(PilTransforms.networkInput(image, Augmentation.NONE, SIDE));
    }

    private ByteBuffer normalised(RgbImage image) {
        Preprocessing.append(image, input.clear());
        return input;
    }

    /** From bytes to the network's input, with a rotation and a flip. */
    @Benchmark
    public RgbImage decodeAugmentAndTransform() throws RejectedImageException {
        return PilTransforms.networkInput(decoder.decode(file()), Augmentation.draw(1, next, "id"), SIDE);
    }
}
