package org.attnvgg.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.model.Weights;

/** Weights from and to files, in the notebook's names; torchvision's {@code vgg16_bn} is understood too. */
public final class WeightFiles {

    private static final String BATCHES_TRACKED = ".num_batches_tracked";

    private WeightFiles() {}

    /**
     * Overwrites weights with those of a file: either a whole AttnVGG, or torchvision's {@code vgg16_bn}, which fills the
     * convolution blocks and leaves attention and classifier as they are. Reads {@code .safetensors}, and {@code .pth} as
     * {@code torch.save} writes it, zip or legacy.
     *
     * @return the same vectors, with the file's count of training batches
     * @throws WeightFileException if the file is malformed, or a tensor is missing, unknown, of another shape, or has a value
     *     that {@link WeightValues} does not allow
     */
    public static Weights read(Path file, NetworkLayout layout, Weights weights) throws IOException {
        Map<String, StoredTensor> stored = tensors(file);
        boolean torchvision = stored.keySet().stream().anyMatch(name -> name.startsWith("features."));
        Map<String, StoredTensor> named = torchvision ? TorchvisionNames.translate(file, stored) : stored;
        long batchesTracked = 0;
        for (Map.Entry<String, StoredTensor> entry : named.entrySet()) {
            if (entry.getKey().endsWith(BATCHES_TRACKED)) {
                batchesTracked = Math.max(batchesTracked, batches(file, entry.getValue()));
            }
        }
        requireNoExtras(file, layout, named);
        for (TensorSpec tensor : layout.tensors()) {
            StoredTensor values = named.get(tensor.name());
            if (values != null) {
                copy(file, tensor, values, weights.vectorOf(tensor));
            } else if (!torchvision || tensor.name().startsWith("conv_block")) {
                throw new WeightFileException(
                        file, tensor.name(), "is missing; expected a tensor of shape " + tensor.shape());
            }
        }
        return new Weights(weights.trainable(), weights.statistics(), batchesTracked);
    }

    private static long batches(Path file, StoredTensor tensor) throws IOException {
        if (StoredTensor.elements(file, tensor.name(), tensor.shape()) != 1) {
            throw new WeightFileException(file, tensor.name(), "shape " + tensor.shape() + "; expected one number");
        }
        float count = tensor.values()[0];
        if (!(count >= 0)) {
            throw new WeightFileException(file, tensor.name(), "is " + count + "; expected a count, 0 or more");
        }
        return (long) count;
    }

    static Map<String, StoredTensor> tensors(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new WeightFileException(file, "no such file; expected .safetensors or .pth");
        }
        String name = file.getFileName().toString();
        if (name.endsWith(".safetensors")) {
            return Safetensors.read(file);
        }
        if (name.endsWith(".pth") || name.endsWith(".pt") || name.endsWith(".bin")) {
            return PyTorchCheckpoint.read(file);
        }
        throw new WeightFileException(file, "unknown kind of weight file; expected .safetensors or .pth");
    }

    private static void requireNoExtras(Path file, NetworkLayout layout, Map<String, StoredTensor> stored) {
        List<String> known = layout.tensors().stream().map(TensorSpec::name).toList();
        for (String name : stored.keySet()) {
            if (!known.contains(name) && !name.endsWith(BATCHES_TRACKED)) {
                throw new WeightFileException(file, name, "is not a tensor of AttnVGG");
            }
        }
    }

    private static void copy(Path file, TensorSpec tensor, StoredTensor stored, float[] into) throws IOException {
        if (!stored.shape().equals(tensor.shape())) {
            throw new WeightFileException(
                    file,
                    stored.name(),
                    "shape %s; expected %s (is model.width the one it was trained with?)"
                            .formatted(stored.shape(), tensor.shape()));
        }
        float[] values = stored.values();
        WeightValues.require(file, stored.name(), tensor, values);
        System.arraycopy(values, 0, into, tensor.offset(), tensor.size());
    }

    /** Writes a new safetensors file that PyTorch's {@code load_state_dict} takes as it is. */
    public static void write(Path file, NetworkLayout layout, Weights weights) throws IOException {
        Map<String, float[]> values = new LinkedHashMap<>();
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        Map<String, Long> counters = new LinkedHashMap<>();
        for (TensorSpec tensor : layout.tensors()) {
            values.put(tensor.name(), tensor.slice(weights.vectorOf(tensor)));
            shapes.put(tensor.name(), tensor.shape());
            if (tensor.role() == TensorSpec.Role.RUNNING_VAR) {
                String norm = tensor.name().substring(0, tensor.name().lastIndexOf('.'));
                counters.put(norm + BATCHES_TRACKED, weights.batchesTracked());
            }
        }
        Safetensors.write(file, values, shapes, counters, Map.of());
    }
}
