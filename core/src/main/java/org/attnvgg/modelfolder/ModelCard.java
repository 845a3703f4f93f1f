package org.attnvgg.modelfolder;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.attnvgg.image.Preprocessing;
import org.attnvgg.model.NetworkConfig;

/** The page that lies beside a model: what its files are, and programs that use them without this project. */
final class ModelCard {

    private ModelCard() {}

    static String of(NetworkConfig network) {
        try (InputStream in = ModelCard.class.getResourceAsStream("model-readme.md")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@SIDE@", Integer.toString(network.imageSize()))
                    .replace("@POOL3@", Integer.toString(network.pool3Size()))
                    .replace("@POOL4@", Integer.toString(network.pool4Size()))
                    .replace("@MEAN@", literals(Preprocessing.mean()))
                    .replace("@STD@", literals(Preprocessing.std()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String literals(float[] values) {
        return "%sf, %sf, %sf".formatted(values[0], values[1], values[2]);
    }
}
