package org.attnvgg.spark.data;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockResult;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.storage.StreamBlockId;
import org.attnvgg.image.RejectedImageException;
import scala.Option;
import scala.reflect.ClassTag$;

/**
 * Reads each image from its archive once, and keeps its bytes with this executor's blocks: in Spark's storage memory, and
 * on local disk when that is full.
 */
public final class CachedReader implements ImageReader {

    private static final AtomicLong NUMBERS = new AtomicLong();

    /** Number of the "input stream" whose blocks these are: Spark's own are numbered from 0. */
    private static final int STREAM = -1;

    private final ImageReader archive;
    private final BlockManager blocks = SparkEnv.get().blockManager();
    private final Map<String, BlockId> kept = new ConcurrentHashMap<>();

    /** A cache before an archive, of the executor that this is called in. */
    public CachedReader(ImageReader archive) {
        this.archive = archive;
    }

    @Override
    public StoredImage read(ImageRef ref) throws IOException, RejectedImageException {
        BlockId block = kept.get(ref.uri());
        StoredImage held = block == null ? null : held(block);
        return held == null ? keep(ref) : held;
    }

    private StoredImage held(BlockId block) {
        Option<BlockResult> result = blocks.getLocalValues(block);
        if (result.isEmpty()) {
            return null;
        }
        var values = result.get().data();
        StoredImage image = (StoredImage) values.next();
        values.hasNext(); // the block's lock is given back at its end
        return image;
    }

    private StoredImage keep(ImageRef ref) throws IOException, RejectedImageException {
        StoredImage image = archive.read(ref);
        BlockId block = new StreamBlockId(STREAM, NUMBERS.getAndIncrement());
        if (blocks.putSingle(
                block, image, StorageLevel.MEMORY_AND_DISK(), false, ClassTag$.MODULE$.apply(StoredImage.class))) {
            kept.put(ref.uri(), block);
        }
        return image;
    }

    /** Forgets all. */
    @Override
    public void close() {
        kept.values().forEach(block -> blocks.removeBlock(block, false));
        kept.clear();
    }
}
