package org.attnvgg.spark.data;

import java.io.Serializable;
import org.attnvgg.image.RejectReason;
import org.attnvgg.image.RgbImage;

/**
 * An image that was read, or a reject.
 *
 * @param ref which
 * @param file what is known of its file; null if there is none
 * @param width pixels of the decoded image; 0 for a reject
 * @param height pixels of the decoded image; 0 for a reject
 * @param input the network's input S×S; null for a reject
 * @param reason null unless rejected
 * @param detail null unless rejected
 */
public record LoadedImage(
        ImageRef ref, ImageFile file, int width, int height, RgbImage input, RejectReason reason, String detail) {

    /** Whether it can be used. */
    public boolean accepted() {
        return reason == null;
    }

    /**
     * An image's file.
     *
     * @param bytes its length
     * @param modifiedAtMillis when it was changed, in milliseconds since 1970
     * @param sha256 of its content, in hexadecimal; null if it could not be read
     */
    public record ImageFile(long bytes, long modifiedAtMillis, String sha256) implements Serializable {

        private static final long serialVersionUID = 1;
    }
}
