package org.attnvgg.modelfolder;

import java.util.List;
import java.util.Map;
import org.attnvgg.image.JpegScale;
import org.attnvgg.image.Preprocessing;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.training.EpochMetrics;

/**
 * What {@code model.json} says of a model.
 *
 * @param modelId identity of the weights: the start of their file's SHA-256
 * @param modelVersion what people call it; sorts by time of training
 * @param network which network
 * @param precision how it was trained
 * @param preprocessId identity of {@code preprocessing}
 * @param preprocessing what is done to an image first
 * @param classes what a logit below and above 0 stands for
 * @param bestEpoch the epoch, from 1, whose weights these are
 * @param epochs metrics of every epoch
 * @param provenance data, seed, versions and settings
 * @param files SHA-256 of the folder's large files, by name; null in folders of versions that did not tell
 */
public record ModelMetadata(
        String modelId,
        String modelVersion,
        NetworkConfig network,
        String precision,
        String preprocessId,
        String preprocessing,
        List<String> classes,
        int bestEpoch,
        List<EpochMetrics> epochs,
        Map<String, String> provenance,
        Map<String, String> files) {

    static final List<String> CLASSES = List.of("benign", "melanoma");

    /** The description of freshly trained weights, still without the identity that only their file gives. */
    public static ModelMetadata of(
            NetworkConfig network,
            String precision,
            String modelVersion,
            int bestEpoch,
            List<EpochMetrics> epochs,
            Map<String, String> provenance) {
        return new ModelMetadata(
                "",
                modelVersion,
                network,
                precision,
                Preprocessing.id(network.imageSize(), JpegScale.FULL),
                Preprocessing.description(network.imageSize(), JpegScale.FULL),
                CLASSES,
                bestEpoch,
                epochs,
                provenance,
                Map.of());
    }

    /** The same of weights whose file has that identity, in a folder of these files. */
    ModelMetadata with(String id, Map<String, String> hashes) {
        return new ModelMetadata(
                id,
                modelVersion,
                network,
                precision,
                preprocessId,
                preprocessing,
                classes,
                bestEpoch,
                epochs,
                provenance,
                hashes);
    }
}
