package org.attnvgg.spark.exchange;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;
import org.attnvgg.spark.shim.Peer;

/** A training task that takes part, as the driver sees it. Guarded by its {@link Coordinator}. */
final class Worker {

    /** No shard is being computed. */
    static final int NONE = -1;

    private final String name;
    private final int epoch;
    private final String executor;
    private final String host;
    private final Peer peer;
    private long heardAt = System.nanoTime();
    private Consumer<ByteBuffer> waiting;
    private int shard = NONE;
    private long shardSince;

    Worker(String name, int epoch, String executor, String host, Peer peer) {
        this.name = name;
        this.epoch = epoch;
        this.executor = executor;
        this.host = host;
        this.peer = peer;
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

    boolean speaksThrough(Peer other) {
        return peer.equals(other);
    }

    void heard() {
        heardAt = System.nanoTime();
    }

    /** Keeps the reply to the request for the next shard. */
    void waitWith(Consumer<ByteBuffer> reply) {
        waiting = reply;
        shard = NONE;
    }

    boolean isWaiting() {
        return waiting != null;
    }

    void answer(Assignment work) {
        Consumer<ByteBuffer> reply = waiting;
        waiting = null;
        if (work != null) {
            shard = work.shard();
            shardSince = System.nanoTime();
        }
        reply.accept(Messages.write(new Messages.Answer(name, work)));
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
        peer.disconnect();
    }
}
