package org.attnvgg;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;
import org.attnvgg.training.Batch;

/** The golden vectors: {@code golden/README.md} says what they are; {@code -Dgolden.dir=DIR} takes others. */
public final class Golden {

    private static final String DIR = System.getProperty("golden.dir", "");
    private static final int INPUT_TENSOR = 1000;
    private static final int SIZE = 224;

    private Golden() {}

    public static Path file(String name) {
        Path own = Path.of("src/test/resources/golden");
        Path root = Path.of(System.getProperty("golden.root", ""));
        return (DIR.isBlank() ? own : root.resolve(DIR)).resolve(name);
    }

    public static JsonObject json() {
        try {
            return JsonParser.parseString(Files.readString(file("golden.json"))).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The formula's value in [0, 1) for tensor {@code t} at flat index {@code k}. */
    public static double u(int t, long k) {
        int seed = json().get("seed").getAsInt();
        return u(t, k, seed);
    }

    private static double u(int t, long k, int seed) {
        int h = (int) k * (int) 2654435761L + ((t + 1) * 40503 + seed);
        for (int i = 0; i < 2; i++) {
            h ^= h >>> 16;
            h *= 0x45D9F3B;
        }
        h ^= h >>> 16;
        return Integer.toUnsignedLong(h) / 4294967296.0;
    }

    /** The weights that the formula gives. */
    public static Weights weights(NetworkLayout layout) {
        int seed = json().get("seed").getAsInt();
        Weights weights = Weights.zeros(layout);
        for (int t = 0; t < layout.tensors().size(); t++) {
            TensorSpec tensor = layout.tensors().get(t);
            float[] vector = weights.vectorOf(tensor);
            for (int k = 0; k < tensor.size(); k++) {
                vector[tensor.offset() + k] = (float) value(tensor, u(t, k, seed));
            }
        }
        return weights;
    }

    private static double value(TensorSpec tensor, double u) {
        var shape = tensor.shape();
        if (shape.size() == 4) {
            return (u - 0.5) * 2 * Math.sqrt(6.0 / (shape.get(1) * shape.get(2) * shape.get(3)));
        }
        if (shape.size() == 2) {
            return (u - 0.5) * 0.05;
        }
        boolean around1 = tensor.role() == TensorSpec.Role.NORM_WEIGHT || tensor.role() == TensorSpec.Role.RUNNING_VAR;
        return around1 ? 0.5 + u : (u - 0.5) * 0.2;
    }

    /** The formula's images n×3×224×224 with these labels. */
    public static Batch batch(float... targets) {
        int seed = json().get("seed").getAsInt();
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

    public static float[] floats(JsonArray array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).getAsFloat();
        }
        return values;
    }

    /** The values of a {@code .npy} file of float32 in C order. */
    public static float[] npy(String name) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file(name))).order(ByteOrder.LITTLE_ENDIAN);
            int headerLength = bytes.getShort(8);
            String header = new String(bytes.array(), 10, headerLength, StandardCharsets.US_ASCII);
            if (!header.contains("'<f4'") || header.contains("'fortran_order': True")) {
                throw new IllegalArgumentException(name + " is not float32 in C order: " + header);
            }
            bytes.position(10 + headerLength);
            float[] values = new float[bytes.remaining() / Float.BYTES];
            bytes.asFloatBuffer().get(values);
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
