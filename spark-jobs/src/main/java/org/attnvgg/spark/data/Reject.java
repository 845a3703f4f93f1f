package org.attnvgg.spark.data;

import java.io.Serializable;

/** An image left out, and why. */
public record Reject(String imageId, String imageUri, String reason, String detail) implements Serializable {

    private static final long serialVersionUID = 1;

    /** The reject that a loaded image is. */
    public static Reject of(LoadedImage image) {
        return new Reject(image.ref().id(), image.ref().uri(), image.reason().toString(), image.detail());
    }
}
