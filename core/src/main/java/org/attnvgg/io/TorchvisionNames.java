package org.attnvgg.io;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * torchvision's {@code vgg16_bn} names its layers {@code features.N}; the notebook cuts them into five blocks, leaving
 * out the pools between. The classifier is skipped.
 */
final class TorchvisionNames {

    /** Where each block begins among {@code features}; a pool stands before every block but the first. */
    private static final int[] BLOCK_STARTS = {0, 7, 14, 24, 34};

    private static final int FEATURES = 44;

    private TorchvisionNames() {}

    static Map<String, StoredTensor> translate(Path file, Map<String, StoredTensor> stored) {
        Map<String, StoredTensor> translated = new LinkedHashMap<>();
        for (Map.Entry<String, StoredTensor> entry : stored.entrySet()) {
            String name = entry.getKey();
            if (name.startsWith("features.")) {
                translated.put(translate(file, name), entry.getValue());
            } else if (!name.startsWith("classifier.")) {
                throw new WeightFileException(file, name, "is not a tensor of torchvision's vgg16_bn");
            }
        }
        return translated;
    }

    /** {@code features.8.running_mean} becomes {@code conv_block2.1.running_mean}. */
    private static String translate(Path file, String name) {
        String[] parts = name.split("\\.", 3);
        int index = parts.length == 3 && parts[1].matches("\\d{1,2}") ? Integer.parseInt(parts[1]) : FEATURES;
        if (index >= FEATURES) {
            throw new WeightFileException(file, name, "is not a tensor of torchvision's vgg16_bn");
        }
        int block = BLOCK_STARTS.length;
        while (BLOCK_STARTS[block - 1] > index) {
            block--;
        }
        return "conv_block" + block + "." + (index - BLOCK_STARTS[block - 1]) + "." + parts[2];
    }
}
