package org.attnvgg.spark.exchange;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.attnvgg.spark.shim.RefusedException;

/** What tasks and driver say to each other beside the payloads, as JSON. */
final class Messages {

    private static final Gson JSON =
            new GsonBuilder().serializeSpecialFloatingPointValues().create();

    private Messages() {}

    /** What a task may ask. */
    enum Ask {
        /** To be given shards: answered by an {@link Answer} with the task's new name as a worker. */
        JOIN,
        /** For the next shard: answered when there is one. */
        NEXT,
        /** Nothing: it is alive. */
        ALIVE
    }

    /**
     * A task's request.
     *
     * @param ask what it wants
     * @param run the run that it belongs to
     * @param epoch the epoch that it works for
     * @param worker its name as a worker; for {@code JOIN} null
     * @param executor its executor's id
     * @param host its executor's host
     */
    record Request(Ask ask, String run, int epoch, String worker, String executor, String host) {}

    /**
     * The driver's answer.
     *
     * @param worker the task's name
     * @param work the next shard; null when the epoch is over, or none was asked for
     */
    record Answer(String worker, Assignment work) {}

    /**
     * What comes before a gradient.
     *
     * @param bytes length of the gradient
     */
    record Upload(String run, String worker, int epoch, int step, int shard, int bytes, ShardReport report) {

        String what() {
            return "epoch %d, step %d, shard %d".formatted(epoch, step + 1, shard);
        }
    }

    static ByteBuffer write(Object message) {
        return ByteBuffer.wrap(JSON.toJson(message).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads a message of that kind.
     *
     * @throws RefusedException if it is none
     */
    static <T> T read(ByteBuffer bytes, Class<T> kind) {
        String text = StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
        try {
            T message = JSON.fromJson(text, kind);
            if (message != null) {
                return message;
            }
        } catch (JsonParseException e) {
            throw new RefusedException("malformed " + kind.getSimpleName() + " of " + bytes.remaining() + " bytes", e);
        }
        throw new RefusedException("empty " + kind.getSimpleName());
    }
}
