package org.attnvgg.io;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;

/**
 * Which values weights may have: finite ones, and running variances of 0 or more, since batch norm takes their square
 * root. All other values make every score of the network NaN.
 */
public final class WeightValues {

    private WeightValues() {}

    /** What is wrong with the first value that is not allowed, with its tensor; empty if all are. */
    public static Optional<String> problem(NetworkLayout layout, Weights weights) {
        for (TensorSpec tensor : layout.tensors()) {
            int bad = firstBad(tensor, weights.vectorOf(tensor), tensor.offset());
            if (bad >= 0) {
                float value = weights.vectorOf(tensor)[tensor.offset() + bad];
                return Optional.of("tensor '" + tensor.name() + "': " + text(tensor, value, bad));
            }
        }
        return Optional.empty();
    }

    /**
     * Checks the values of one tensor.
     *
     * @param name what the file calls it
     * @throws WeightFileException if one is not allowed: it names file, tensor and index
     */
    static void require(Path file, String name, TensorSpec tensor, float[] values) {
        int bad = firstBad(tensor, values, 0);
        if (bad >= 0) {
            throw new WeightFileException(file, name, text(tensor, values[bad], bad));
        }
    }

    private static int firstBad(TensorSpec tensor, float[] vector, int from) {
        boolean variance = tensor.role() == TensorSpec.Role.RUNNING_VAR;
        for (int i = 0; i < tensor.size(); i++) {
            float value = vector[from + i];
            if (!Float.isFinite(value) || (variance && value < 0)) {
                return i;
            }
        }
        return -1;
    }

    private static String text(TensorSpec tensor, float value, int index) {
        boolean variance = tensor.role() == TensorSpec.Role.RUNNING_VAR;
        return "is %s at index %s; expected a finite number%s"
                .formatted(value, index(tensor.shape(), index), variance ? ", 0 or more" : "");
    }

    /** An index in C order as PyTorch writes it: {@code 3}, or {@code [0, 2, 1, 1]} of a tensor with more dimensions. */
    private static String index(List<Long> shape, int flat) {
        List<Long> indices = new ArrayList<>();
        long rest = flat;
        for (int d = shape.size() - 1; d >= 0; d--) {
            indices.add(rest % shape.get(d));
            rest /= shape.get(d);
        }
        Collections.reverse(indices);
        return indices.size() == 1 ? indices.get(0).toString() : indices.toString();
    }
}
