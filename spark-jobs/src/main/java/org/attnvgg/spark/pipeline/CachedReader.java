package org.attnvgg.spark.pipeline;

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
 * Reads each picture from its archive once, and keeps its bytes with this executor's blocks: in Spark's storage memory, and
 * on local disk when that is full.
 */
public final class CachedReader implements PictureReader {

    private static final AtomicLong NUMBERS = new AtomicLong();

    /** Number of the "input stream" whose blocks these are: Spark's own are numbered from 0. */
    private static final int STREAM = -1;

    private final PictureReader archive;
    private final BlockManager blocks = SparkEnv.get().blockManager();
    private final Map<String, BlockId> kept = new ConcurrentHashMap<>();

    /** A cache before an archive, of the executor that this is called in. */
    public CachedReader(PictureReader archive) {
        this.archive = archive;
    }

    @Override
    public StoredPicture read(ImageRef ref) throws IOException, RejectedImageException {
        BlockId block = kept.get(ref.uri());
        StoredPicture held = block == null ? null : held(block);
        return held == null ? keep(ref) : held;
    }

    private StoredPicture held(BlockId block) {
        Option<BlockResult> result = blocks.getLocalValues(block);
        if (result.isEmpty()) {
            return null;
        }
        var values = result.get().data();
        StoredPicture picture = (StoredPicture) values.next();
        values.hasNext(); // the block's lock is given back at its end
        return picture;
    }

    private StoredPicture keep(ImageRef ref) throws IOException, RejectedImageException {
        StoredPicture picture = archive.read(ref);
        BlockId block = new StreamBlockId(STREAM, NUMBERS.getAndIncrement());
        if (blocks.putSingle(
                block, picture, StorageLevel.MEMORY_AND_DISK(), false, ClassTag$.MODULE$.apply(StoredPicture.class))) {
            kept.put(ref.uri(), block);
        }
        return picture;
    }

    /** Forgets all. */
    @Override
    public void close() {
        kept.values().forEach(block -> blocks.removeBlock(block, false));
        kept.clear();
    }
}
