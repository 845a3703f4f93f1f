package org.attnvgg.spark.exchange;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;

/** A training task that takes part, as the driver sees it. Guarded by its {@link Coordinator}. */
final class Worker {

    /** No shard is being computed. */
    static final int NONE = -1;

    private final String name;
    private final int epoch;
    private final String executor;
    private final String host;
    private final TransportClient client;
    private long heardAt = System.nanoTime();
    private RpcResponseCallback waiting;
    private int shard = NONE;
    private long shardSince;

    Worker(String name, int epoch, String executor, String host, TransportClient client) {
        this.name = name;
        this.epoch = epoch;
        this.executor = executor;
        this.host = host;
        this.client = client;
    }

    String name() {
        return name;
    }

    /** The epoch that it works for. */
    int epoch() {
        return epoch;
    }

    String executor() {
        return executor;
    }

    /** Who it is, for people. */
    String who() {
        return "executor " + executor + " on " + host;
    }

    boolean speaksThrough(TransportClient other) {
        return client.getChannel().equals(other.getChannel());
    }

    void heard() {
        heardAt = System.nanoTime();
    }

    /** Remembers whom to tell of the next shard. */
    void waitWith(RpcResponseCallback callback) {
        waiting = callback;
        shard = NONE;
    }

    boolean isWaiting() {
        return waiting != null;
    }

    void answer(Assignment work) {
        RpcResponseCallback callback = waiting;
        waiting = null;
        if (work != null) {
            shard = work.shard();
            shardSince = System.nanoTime();
        }
        ByteBuffer answer = Messages.write(new Messages.Answer(name, work));
        callback.onSuccess(answer);
    }

    /** Why it counts as lost; null while it does not. */
    String overdue(ExchangeLimits limits) {
        Duration silence = Duration.ofNanos(System.nanoTime() - heardAt);
        if (silence.compareTo(limits.heartbeat()) > 0) {
            return "gave no sign of life for %d s (train.heartbeat-timeout)".formatted(silence.toSeconds());
        }
        Duration work = Duration.ofNanos(System.nanoTime() - shardSince);
        if (shard != NONE && work.compareTo(limits.step()) > 0) {
            return "did not finish in %d s (train.step-timeout)".formatted(work.toSeconds());
        }
        return null;
    }

    void disconnect() {
        client.close();
    }
}
