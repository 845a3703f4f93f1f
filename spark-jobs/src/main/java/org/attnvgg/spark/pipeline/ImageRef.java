package org.attnvgg.spark.pipeline;

import java.io.Serializable;

/**
 * A picture to read.
 *
 * @param id what it is called
 * @param uri where it is, for Hadoop's file systems
 * @param target its label 0 or 1; null if not known
 */
public record ImageRef(String id, String uri, Integer target) implements Serializable {

    private static final long serialVersionUID = 1;
}
