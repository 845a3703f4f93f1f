package org.attnvgg.spark.train;

import java.io.Serializable;
import java.util.List;
import org.attnvgg.spark.pipeline.LoadedImage;
import org.attnvgg.training.ShardGradient;

/**
 * What a shard gives the driver after a step.
 *
 * @param gradient what it computed
 * @param rejects pictures that it left out
 */
record ShardResult(ShardGradient gradient, List<Reject> rejects) implements Serializable {

    private static final long serialVersionUID = 1;

    /** A picture left out, and why. */
    record Reject(String imageId, String imageUri, String reason, String detail) implements Serializable {

        private static final long serialVersionUID = 1;

        static Reject of(LoadedImage image) {
            return new Reject(
                    image.ref().id(), image.ref().uri(), image.reason().toString(), image.detail());
        }
    }
}
