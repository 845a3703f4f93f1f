package org.attnvgg.spark.pipeline;

import java.io.IOException;
import java.io.Serializable;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.spark.pipeline.LoadedImage.ImageFile;

/** Brings a picture's compressed bytes. Safe for many threads. */
public interface PictureReader extends AutoCloseable {

    /**
     * A picture's file, whole.
     *
     * @param file what is known of it
     * @param bytes its content
     */
    record StoredPicture(ImageFile file, byte[] bytes) implements Serializable {

        private static final long serialVersionUID = 1;
    }

    /**
     * Reads a picture.
     *
     * @throws RejectedImageException if it is no file that can be read whole
     */
    StoredPicture read(ImageRef ref) throws IOException, RejectedImageException;

    /** Frees what was kept. */
    @Override
    default void close() {}
}
