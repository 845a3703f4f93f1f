package org.attnvgg.training;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.attnvgg.io.Safetensors;
import org.attnvgg.io.StoredTensor;
import org.attnvgg.io.WeightFileException;
import org.attnvgg.io.WeightValues;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.Weights;

/**
 * A point of training to go on from, as one safetensors file: flat vectors, counters, and the run's state as a text among
 * the metadata, with a checksum of the vectors.
 *
 * @param state what else the run needs to know, in its own notation
 * @param weights the weights at that point
 * @param adam the optimizer at that point
 * @param best the best epoch's weights so far; null before the first
 */
public record CheckpointFile(String state, Weights weights, Adam.State adam, Weights best) {

    private static final int BLOCK = 1 << 16;
    /** Most bytes of the header, which also tells the run's losses and rejects: the format's own limit. */
    private static final int HEADER_BYTES = 100_000_000;

    private static final String STATE = "state";
    private static final String CHECKSUM = "crc32c";
    private static final String TRAINABLE = ".trainable";
    private static final String STATISTICS = ".statistics";
    private static final String BATCHES = ".num_batches_tracked";

    /** Writes a new file. */
    public void write(Path file) throws IOException {
        Map<String, float[]> vectors = new LinkedHashMap<>();
        Map<String, Long> counters = new LinkedHashMap<>();
        put(vectors, counters, "weights", weights);
        vectors.put("exp_avg", adam.firstMoment());
        vectors.put("exp_avg_sq", adam.secondMoment());
        counters.put("adam.step", adam.step());
        if (best != null) {
            put(vectors, counters, "best", best);
        }
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        vectors.forEach((name, vector) -> shapes.put(name, List.of((long) vector.length)));
        Safetensors.write(file, vectors, shapes, counters, Map.of(STATE, state, CHECKSUM, checksum(vectors)));
    }

    private static void put(Map<String, float[]> vectors, Map<String, Long> counters, String name, Weights weights) {
        vectors.put(name + TRAINABLE, weights.trainable());
        vectors.put(name + STATISTICS, weights.statistics());
        counters.put(name + BATCHES, weights.batchesTracked());
    }

    private static String checksum(Map<String, float[]> vectors) {
        CRC32C crc = new CRC32C();
        ByteBuffer block = ByteBuffer.allocate(BLOCK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] vector : vectors.values()) {
            for (int from = 0; from < vector.length; from += BLOCK) {
                int length = Math.min(BLOCK, vector.length - from);
                block.clear().limit(length * Float.BYTES);
                block.asFloatBuffer().put(vector, from, length);
                crc.update(block);
            }
        }
        return "%08x".formatted(crc.getValue());
    }

    /**
     * Reads the state alone, which says what the rest belongs to.
     *
     * @throws WeightFileException if the file is malformed
     */
    public static String state(Path file) throws IOException {
        return state(file, content(file));
    }

    private static Safetensors.Content content(Path file) throws IOException {
        return Safetensors.read(file, HEADER_BYTES);
    }

    private static String state(Path file, Safetensors.Content content) {
        String state = content.metadata().get(STATE);
        if (state == null) {
            throw new WeightFileException(file, "no checkpoint: it says nothing of its run");
        }
        return state;
    }

    /**
     * Reads a file.
     *
     * @throws WeightFileException if it is malformed, damaged, of another network, or has a value that {@link WeightValues}
     *     does not allow
     */
    public static CheckpointFile read(Path file, NetworkLayout layout) throws IOException {
        Safetensors.Content content = content(file);
        String state = state(file, content);
        Map<String, StoredTensor> stored = content.tensors();
        Map<String, float[]> vectors = new LinkedHashMap<>();
        Weights weights = weights(file, stored, vectors, "weights", layout);
        Adam.State adam = new Adam.State(
                counter(file, stored, "adam.step"),
                vector(file, stored, vectors, "exp_avg", layout.trainableSize()),
                vector(file, stored, vectors, "exp_avg_sq", layout.trainableSize()));
        Weights best = stored.containsKey("best" + TRAINABLE) ? weights(file, stored, vectors, "best", layout) : null;
        if (!checksum(vectors).equals(content.metadata().get(CHECKSUM))) {
            throw new WeightFileException(file, "a checkpoint whose content does not fit its checksum");
        }
        requireAllowed(file, layout, weights);
        if (best != null) {
            requireAllowed(file, layout, best);
        }
        return new CheckpointFile(state, weights, adam, best);
    }

    private static void requireAllowed(Path file, NetworkLayout layout, Weights weights) {
        WeightValues.problem(layout, weights).ifPresent(problem -> {
            throw new WeightFileException(file, problem);
        });
    }

    private static Weights weights(
            Path file,
            Map<String, StoredTensor> stored,
            Map<String, float[]> vectors,
            String name,
            NetworkLayout layout)
            throws IOException {
        return new Weights(
                vector(file, stored, vectors, name + TRAINABLE, layout.trainableSize()),
                vector(file, stored, vectors, name + STATISTICS, layout.statisticsSize()),
                counter(file, stored, name + BATCHES));
    }

    private static float[] vector(
            Path file, Map<String, StoredTensor> stored, Map<String, float[]> vectors, String name, int size)
            throws IOException {
        StoredTensor tensor = stored.get(name);
        if (tensor == null || !tensor.shape().equals(List.of((long) size))) {
            throw new WeightFileException(
                    file,
                    name,
                    "expected %,d values, found %s: a checkpoint of another network, or none"
                            .formatted(size, tensor == null ? "none" : tensor.shape()));
        }
        vectors.put(name, tensor.values());
        return vectors.get(name);
    }

    private static long counter(Path file, Map<String, StoredTensor> stored, String name) throws IOException {
        StoredTensor tensor = stored.get(name);
        if (tensor == null || !tensor.shape().isEmpty()) {
            throw new WeightFileException(file, name, "is missing, or no single number");
        }
        return (long) tensor.values()[0];
    }
}
