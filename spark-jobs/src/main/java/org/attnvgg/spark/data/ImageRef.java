package org.attnvgg.spark.data;

import java.io.Serializable;

/**
 * An image to read.
 *
 * @param id what it is called
 * @param uri where it is, for Hadoop's file systems
 * @param target its label 0 or 1; null if not known
 * @param attempt how often, with this one, it was tried to score it
 * @param content what is there, if that was read already; null: read the file
 */
public record ImageRef(String id, String uri, Integer target, int attempt, Content content) implements Serializable {

    private static final long serialVersionUID = 1;

    /** An image that is tried for the first time. */
    public ImageRef(String id, String uri, Integer target) {
        this(id, uri, target, 1, null);
    }

    /** An image's compressed bytes, and when the file that it was packed in was changed, in milliseconds since 1970. */
    public record Content(byte[] bytes, long modifiedAtMillis) implements Serializable {

        private static final long serialVersionUID = 1;
    }
}
