package org.attnvgg.spark.shim;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockResult;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.storage.StreamBlockId;
import scala.Option;
import scala.reflect.ClassTag$;

/** Values among this executor's blocks: in Spark's storage memory, and on local disk when that is full. */
public final class ExecutorBlocks<T> {

    private static final AtomicLong NUMBERS = new AtomicLong();

    /** Number of the "input stream" whose blocks these are: Spark's own are numbered from 0. */
    private static final int STREAM = -1;

    private final BlockManager blocks = SparkEnv.get().blockManager();
    private final Class<T> type;

    /** Blocks of the executor that this is called in. */
    public ExecutorBlocks(Class<T> type) {
        this.type = type;
    }

    /** Names a value that was kept. */
    public record Key(BlockId block) {}

    /** Keeps a value; empty if there is no room. */
    public Optional<Key> put(T value) {
        BlockId block = new StreamBlockId(STREAM, NUMBERS.getAndIncrement());
        boolean kept =
                blocks.putSingle(block, value, StorageLevel.MEMORY_AND_DISK(), false, ClassTag$.MODULE$.apply(type));
        return kept ? Optional.of(new Key(block)) : Optional.empty();
    }

    /** A value; empty if Spark has dropped it. */
    public Optional<T> get(Key key) {
        Option<BlockResult> result = blocks.getLocalValues(key.block);
        if (result.isEmpty()) {
            return Optional.empty();
        }
        var values = result.get().data();
        T value = type.cast(values.next());
        values.hasNext(); // the block's lock is given back at its end
        return Optional.of(value);
    }

    /** Drops a value. */
    public void remove(Key key) {
        blocks.removeBlock(key.block, false);
    }
}
