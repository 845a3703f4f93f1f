package org.attnvgg.spark.data;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.spark.shim.ExecutorBlocks;

/** Reads each image from its archive once, and keeps its bytes with this executor's blocks. */
public final class CachedReader implements ImageReader {

    private final ImageReader archive;
    private final ExecutorBlocks<StoredImage> blocks = new ExecutorBlocks<>(StoredImage.class);
    private final Map<String, ExecutorBlocks.Key> kept = new ConcurrentHashMap<>();

    /** A cache before an archive, of the executor that this is called in. */
    public CachedReader(ImageReader archive) {
        this.archive = archive;
    }

    @Override
    public StoredImage read(ImageRef ref) throws IOException, RejectedImageException {
        ExecutorBlocks.Key key = kept.get(ref.uri());
        StoredImage held = key == null ? null : blocks.get(key).orElse(null);
        return held == null ? keep(ref) : held;
    }

    private StoredImage keep(ImageRef ref) throws IOException, RejectedImageException {
        StoredImage image = archive.read(ref);
        blocks.put(image).ifPresent(key -> kept.put(ref.uri(), key));
        return image;
    }

    /** Forgets all. */
    @Override
    public void close() {
        kept.values().forEach(blocks::remove);
        kept.clear();
    }
}
