package org.attnvgg.spark.data;

import java.io.IOException;
import java.io.Serializable;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.spark.data.LoadedImage.ImageFile;

/** Brings an image's compressed bytes. Safe for many threads. */
public interface ImageReader extends AutoCloseable {

    /**
     * An image's file, whole.
     *
     * @param file what is known of it
     * @param bytes its content
     */
    record StoredImage(ImageFile file, byte[] bytes) implements Serializable {

        private static final long serialVersionUID = 1;
    }

    /**
     * Reads an image.
     *
     * @throws RejectedImageException if it is no file that can be read whole
     */
    StoredImage read(ImageRef ref) throws IOException, RejectedImageException;

    /** Frees what was kept. */
    @Override
    default void close() {}
}
