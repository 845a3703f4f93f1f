package org.attnvgg.spark.exchange;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.server.StreamManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current weights as streams. Spark's transport lets anyone who can connect open a stream, authenticated or not; so a
 * stream is called by a random name that opens once, and names are told only in answers to authenticated requests.
 */
final class WeightsStreams extends StreamManager {

    private static final Logger LOG = LoggerFactory.getLogger(WeightsStreams.class);

    private final Set<String> streamIds = new HashSet<>();
    private ByteBuffer weights;

    /** Offers other weights; names given for earlier ones open nothing any more. */
    synchronized void offer(ByteBuffer newWeights) {
        streamIds.clear();
        weights = newWeights;
    }

    /** A name that opens the current weights, once. */
    synchronized String newStreamId() {
        String streamId = UUID.randomUUID().toString();
        streamIds.add(streamId);
        return streamId;
    }

    @Override
    public synchronized ManagedBuffer openStream(String streamId) {
        if (!streamIds.remove(streamId)) {
            LOG.warn("refused: a download of weights by a name that was not given out, or is spent");
            throw new Messages.RefusedException("no weights are called " + streamId);
        }
        return new NioManagedBuffer(weights.duplicate());
    }

    @Override
    public ManagedBuffer getChunk(long streamId, int chunkIndex) {
        throw new Messages.RefusedException("the exchange has no chunks");
    }
}
