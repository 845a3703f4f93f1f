package org.attnvgg.spark.exchange;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.attnvgg.spark.shim.RefusedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current weights as streams. Spark's transport lets anyone who can connect open a stream, authenticated or not; so a
 * stream has a random id that opens once, and ids are given only in answers to authenticated requests.
 */
final class WeightsStreams {

    private static final Logger LOG = LoggerFactory.getLogger(WeightsStreams.class);

    private final Set<String> ids = new HashSet<>();
    private ByteBuffer weights;

    /** Offers other weights; ids given for earlier ones open nothing any more. */
    synchronized void offer(ByteBuffer newWeights) {
        ids.clear();
        weights = newWeights;
    }

    /** An id that opens the current weights, once. */
    synchronized String newId() {
        String id = UUID.randomUUID().toString();
        ids.add(id);
        return id;
    }

    /** The weights of an id. */
    synchronized ByteBuffer open(String id) {
        if (!ids.remove(id)) {
            LOG.warn("refused: a download of weights by an id that was not given out, or is spent");
            throw new RefusedException("no weights are called " + id);
        }
        return weights.duplicate();
    }
}
