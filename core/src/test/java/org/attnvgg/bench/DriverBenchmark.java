package org.attnvgg.bench;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.attnvgg.runtime.WeightsCodec;
import org.attnvgg.torchscript.Precision;
import org.attnvgg.training.Adam;
import org.attnvgg.training.GradientAccumulator;
import org.attnvgg.training.GradientCodec;
import org.attnvgg.training.GradientCodec.GradientPrecision;
import org.attnvgg.training.ShardGradient;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the driver does in a step, at the whole network's size, beside plain copies of the same bytes on all cores. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class DriverBenchmark {

    private static final int CHUNK = 1 << 18;

    private final NetworkLayout layout = NetworkLayout.of(NetworkConfig.NOTEBOOK);
    private final Weights weights = WeightInitializer.of(layout, 1);
    private final float[] values = weights.trainable().clone();
    private final float[] gradient = weights.trainable().clone();
    private final float[][] copies = new float[3][layout.trainableSize()];
    private final Adam adam = new Adam(1e-4, layout.trainableSize());
    private final GradientCodec exact = new GradientCodec(layout, GradientPrecision.FLOAT32);
    private final GradientCodec rounded = new GradientCodec(layout, GradientPrecision.BFLOAT16);
    private final GradientAccumulator exactSum = new GradientAccumulator(exact);
    private final GradientAccumulator roundedSum = new GradientAccumulator(rounded);
    private final ShardGradient exactShard = new ShardGradient(8, 1, exact.allocate());
    private final ShardGradient roundedShard = new ShardGradient(8, 1, rounded.allocate());
    private final WeightsCodec plain = new WeightsCodec(layout, Precision.FLOAT32);
    private final WeightsCodec packed = new WeightsCodec(layout, Precision.BFLOAT16);
    private final ByteBuffer plainBytes = ByteBuffer.allocateDirect(plain.bytes());
    private final ByteBuffer packedBytes = ByteBuffer.allocateDirect(packed.bytes());

    private void copy(float[] from, float[] to) {
        int chunks = (from.length + CHUNK - 1) / CHUNK;
        IntStream.range(0, chunks).parallel().forEach(chunk -> {
            int start = chunk * CHUNK;
            System.arraycopy(from, start, to, start, Math.min(CHUNK, from.length - start));
        });
    }

    /** Reads one vector and writes one: the floor of packing weights. */
    @Benchmark
    public float[] copyOfOneVector() {
        copy(values, copies[0]);
        return copies[0];
    }

    /** Reads three vectors and writes three: the floor of Adam, which also reads the gradient. */
    @Benchmark
    public float[][] copyOfThreeVectors() {
        for (float[] to : copies) {
            copy(values, to);
        }
        return copies;
    }

    /** Reads gradient, weights and two moments, writes the last three. */
    @Benchmark
    public float[] adam() {
        adam.update(values, gradient, 100);
        return values;
    }

    /** Reads the sum and a shard, writes the sum. */
    @Benchmark
    public boolean addFloat32() {
        exactSum.clear();
        exactSum.add(exactShard);
        return exactSum.add(exactShard);
    }

    /** Reads the sum and a shard in bfloat16, writes the sum. */
    @Benchmark
    public boolean addBfloat16() {
        roundedSum.clear();
        roundedSum.add(roundedShard);
        return roundedSum.add(roundedShard);
    }

    /** Weights to the bytes that are sent. */
    @Benchmark
    public ByteBuffer packFloat32() {
        plain.write(weights, plainBytes);
        return plainBytes;
    }

    /** Weights to the bytes that are sent, rounded to bfloat16. */
    @Benchmark
    public ByteBuffer packBfloat16() {
        packed.write(weights, packedBytes);
        return packedBytes;
    }
}
