package org.attnvgg.spark.pipeline;

import java.io.Serializable;

/**
 * A picture to read.
 *
 * @param id what it is called
 * @param uri where it is, for Hadoop's file systems
 * @param target its label 0 or 1; null if not known
 * @param attempt how often, with this one, it was tried to score it
 */
public record ImageRef(String id, String uri, Integer target, int attempt) implements Serializable {

    private static final long serialVersionUID = 1;

    /** A picture that is tried for the first time. */
    public ImageRef(String id, String uri, Integer target) {
        this(id, uri, target, 1);
    }
}
