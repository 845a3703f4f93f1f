package org.attnvgg;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;
import org.attnvgg.training.Batch;

/**
 * The golden vectors of one seed: {@code golden/README.md} says what they are.
 *
 * @param truth the seed and the values in float64
 */
public record Golden(JsonObject truth) {

    private static final Path OWN = Path.of("src/test/resources/golden");
    private static final String DIR = System.getProperty("golden.dir", "");
    private static final int INPUT_TENSOR = 1000;
    private static final int FIRST_PROJECTION = 3000;
    private static final int PROJECTIONS = 16;
    private static final int SIZE = 224;
    private static final int PYTORCH_DISTANCES = 4;

    /** Convolutions with batch norm. */
    public static final int LAYERS = 13;

    private static final double FLOAT32_ROUNDING = 0x1p-24;

    /** The seeds at hand, or the one of the folder that {@code -Dgolden.dir} names. */
    public static Stream<Golden> all() {
        if (!DIR.isBlank()) {
            return Stream.of(read(named("truth.json")));
        }
        String names = System.getProperty("golden.truths", "");
        return names.isBlank() ? bundled() : Stream.of(names.split(",", -1)).map(name -> read(OWN.resolve(name)));
    }

    private static Stream<Golden> bundled() {
        return Stream.of("truth.json", "truth-1.json", "truth-2.json").map(name -> read(OWN.resolve(name)));
    }

    private static Golden read(Path file) {
        return new Golden(json(file).getAsJsonObject());
    }

    /** The first of them, for tests that need just any weights and images. */
    public static Golden any() {
        return all().findFirst().orElseThrow();
    }

    /** A file of golden vectors: of the named folder, if it has one. */
    public static Path file(String name) {
        return !DIR.isBlank() && Files.exists(named(name)) ? named(name) : OWN.resolve(name);
    }

    private static Path named(String name) {
        return Path.of(System.getProperty("golden.root", "")).resolve(DIR).resolve(name);
    }

    /** What such a file holds. */
    public static JsonElement json(String name) {
        return json(file(name));
    }

    private static JsonElement json(Path file) {
        try {
            return JsonParser.parseString(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The seed of the formula. */
    public int seed() {
        return truth.get("seed").getAsInt();
    }

    /** The formula's value in [0, 1) for tensor {@code t} at flat index {@code k}. */
    public double u(int t, long k) {
        return u(t, k, seed());
    }

    /** The same for any seed. */
    public static double u(int t, long k, int seed) {
        return Integer.toUnsignedLong(hash(t, (int) k, seed)) / 4294967296.0;
    }

    private static int hash(int t, int k, int seed) {
        int h = k * (int) 2654435761L + ((t + 1) * 40503 + seed);
        for (int i = 0; i < 2; i++) {
            h ^= h >>> 16;
            h *= 0x45D9F3B;
        }
        return h ^ h >>> 16;
    }

    /** The weights that the formula gives. */
    public Weights weights(NetworkLayout layout) {
        int seed = seed();
        Weights weights = Weights.zeros(layout);
        IntStream.range(0, layout.tensors().size()).parallel().forEach(t -> {
            TensorSpec tensor = layout.tensors().get(t);
            float[] vector = weights.vectorOf(tensor);
            double spread = spread(tensor);
            double center = isAroundOne(tensor) ? 1 : 0;
            int size = tensor.size();
            for (int k = 0; k < size; k++) {
                vector[tensor.offset() + k] = (float) (center + (u(t, k, seed) - 0.5) * spread);
            }
        });
        return weights;
    }

    private static double spread(TensorSpec tensor) {
        var shape = tensor.shape();
        if (shape.size() == 4) {
            return 2 * Math.sqrt(6.0 / (shape.get(1) * shape.get(2) * shape.get(3)));
        }
        if (shape.size() == 2) {
            return 0.05;
        }
        return isAroundOne(tensor) ? 1 : 0.2;
    }

    private static boolean isAroundOne(TensorSpec tensor) {
        return tensor.role() == TensorSpec.Role.NORM_WEIGHT || tensor.role() == TensorSpec.Role.RUNNING_VAR;
    }

    /** The formula's images n×3×224×224 with these labels. */
    public Batch batch(float... targets) {
        int seed = seed();
        int n = targets.length;
        ByteBuffer pixels =
                ByteBuffer.allocateDirect(n * 3 * SIZE * SIZE * Float.BYTES).order(ByteOrder.nativeOrder());
        long k = 0;
        for (int a = 0; a < n; a++) {
            for (int c = 0; c < 3; c++) {
                for (int y = 0; y < SIZE; y++) {
                    for (int x = 0; x < SIZE; x++, k++) {
                        double wave = Math.sin((a + 1) * x / 17.0 + c) * Math.cos((a + 2) * y / 23.0 - c);
                        pixels.putFloat((float) (wave + 2 * (u(INPUT_TENSOR, k, seed) - 0.5)));
                    }
                }
            }
        }
        return new Batch(pixels.flip(), targets, new long[n]);
    }

    /**
     * The dot products of a gradient with 16 vectors of signs. The root of their mean square estimates its L2 norm.
     *
     * @param number of the tensor among the trained ones
     */
    public double[] projections(int number, float[] gradient) {
        int seed = seed();
        return IntStream.range(0, PROJECTIONS)
                .parallel()
                .mapToDouble(j -> {
                    int t = FIRST_PROJECTION + PROJECTIONS * number + j;
                    double sum = 0;
                    for (int k = 0; k < gradient.length; k++) {
                        sum += hash(t, k, seed) >= 0 ? -gradient[k] : gradient[k]; // a hash from 0 on is u < 0.5
                    }
                    return sum;
                })
                .toArray();
    }

    /** The true logits, and the maps of pool 3 and pool 4, of {@code batch(2)}. */
    public List<double[]> forward(boolean softmax) {
        JsonObject forward = truth.getAsJsonObject("forward").getAsJsonObject(softmax ? "softmax" : "sigmoid");
        return Stream.of("logits", "pool3", "pool4")
                .map(name -> doubles(forward.get(name)))
                .toList();
    }

    /** What the first step of training truly gives. */
    public JsonObject step() {
        return truth.getAsJsonObject("step1");
    }

    /** Whether a tensor's true gradient is zero. */
    public boolean isZeroGradient(TensorSpec tensor) {
        JsonArray names = truth.getAsJsonArray("zero_gradient");
        return names.asList().stream().anyMatch(name -> name.getAsString().equals(tensor.name()));
    }

    /**
     * How far float32 may be from the truth: four times as far as PyTorch's own is in the worst of the ways of computing that
     * were tried. Where those happened to come out nearer than float32 can be relied on to, the roundings of thirteen
     * layers' results, 2^-24 each, stand in their place.
     *
     * @param size of the quantity
     * @param path where PyTorch's distance stands
     */
    public double float32Bound(double size, String... path) {
        return float32Bound(size, 0, path);
    }

    /** The same for one in a list of quantities. */
    public double float32Bound(double size, int index, String... path) {
        double greatest = greatest(way -> {
            JsonElement found = at(way, path);
            return found.isJsonArray() ? found.getAsJsonArray().get(index).getAsDouble() : found.getAsDouble();
        });
        return PYTORCH_DISTANCES * Math.max(greatest, LAYERS * FLOAT32_ROUNDING * size);
    }

    /**
     * How far a tensor's float32 gradient may be from the truth. Before a ReLU or a max pool that is a matter of chance: a
     * value that errs by a millionth turns one of them the other way now and then, and changes the gradients of that layer,
     * or of all before it, by up to a percent or two. Which layer it is differs from processor to processor, so that all
     * those tensors have the bound of the worst. Of the other tensors one is a single number, whose distance on one seed
     * says little: they have the bound of the worst seed at hand.
     */
    public double float32GradientBound(String tensor) {
        if (!isBeforeReLU(tensor)) {
            return Stream.concat(Stream.of(this), bundled())
                    .mapToDouble(golden -> golden.float32Bound(1, "gradients", tensor))
                    .max()
                    .orElseThrow();
        }
        return PYTORCH_DISTANCES
                * greatest(way -> at(way, "gradients").getAsJsonObject().entrySet().stream()
                        .filter(entry -> isBeforeReLU(entry.getKey()))
                        .mapToDouble(entry -> entry.getValue().getAsDouble())
                        .max()
                        .orElseThrow());
    }

    private static boolean isBeforeReLU(String tensor) {
        return !tensor.startsWith("cls.") && !tensor.contains(".phi.");
    }

    /** The greatest of PyTorch's distances, over its ways of computing. */
    private double greatest(ToDoubleFunction<JsonElement> distance) {
        return truth.getAsJsonObject("pytorch_float32_distance").asMap().values().stream()
                .mapToDouble(distance)
                .max()
                .orElseThrow();
    }

    private static JsonElement at(JsonElement root, String... path) {
        JsonElement found = root;
        for (String name : path) {
            found = found.getAsJsonObject().get(name);
        }
        return found;
    }

    /** The numbers of a list. */
    public static double[] doubles(JsonElement array) {
        return array.getAsJsonArray().asList().stream()
                .mapToDouble(JsonElement::getAsDouble)
                .toArray();
    }

    @Override
    public String toString() {
        return "seed " + seed();
    }
}
