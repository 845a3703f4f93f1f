package org.attnvgg.spark.exchange;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.attnvgg.spark.exchange.Messages.Request;
import org.attnvgg.spark.exchange.Messages.Upload;
import org.attnvgg.spark.shim.Peer;
import org.attnvgg.spark.shim.RefusedException;

/**
 * Who takes part, who computes which shard of the current step, and what has arrived of it. A shard stays with its worker
 * for as long as that is there, since its images are cached there; a lost worker's shards go to the others at once. The
 * first gradient of a shard that arrives whole counts. Thread-safe: the transport's threads report, the driver waits.
 */
final class Coordinator {

    /** Tasks of no epoch are taken. */
    private static final int NONE = 0;

    private final String run;
    private final ExchangeLimits limits;
    private final Supplier<String> streamIds;
    private final Map<String, Worker> workers = new LinkedHashMap<>();
    private final List<LostWorker> losses = new ArrayList<>();
    private final ShardOwners owners;
    private final ShardUpload[] arrived;
    private int epoch;
    private int step;
    private boolean open;
    private int admitted = NONE;

    /** Nobody there yet; {@code streamIds} gives each assignment what its weights are called by. */
    Coordinator(String run, int shards, ExchangeLimits limits, Supplier<String> streamIds) {
        this.run = run;
        this.limits = limits;
        this.streamIds = streamIds;
        owners = new ShardOwners(shards);
        arrived = new ShardUpload[shards];
    }

    // ---- what tasks report

    /** Lets a task take part; returns its name. */
    synchronized String join(Request request, Peer peer) {
        requireRun(request.run());
        Worker worker =
                new Worker(UUID.randomUUID().toString(), request.epoch(), request.executor(), request.host(), peer);
        workers.put(worker.name(), worker);
        if (open) {
            assignShards();
        }
        notifyAll();
        return worker.name();
    }

    /** A worker asks for work: it is told as soon as there is some. */
    synchronized void next(Request request, Peer peer, Consumer<ByteBuffer> reply) {
        worker(request.run(), request.worker(), peer).waitWith(reply);
        dispatch();
    }

    /** A worker is alive. */
    synchronized void alive(Request request, Peer peer) {
        worker(request.run(), request.worker(), peer).heard();
    }

    /** Checks that an upload is wanted, before its bytes are. */
    synchronized void expect(Upload upload, Peer peer, int bytes) {
        worker(upload.run(), upload.worker(), peer);
        if (!open || upload.epoch() != epoch || upload.step() != step) {
            throw new RefusedException(
                    "a gradient of " + upload.what() + ", but it is " + (open ? "" : "after ") + position());
        }
        if (upload.shard() < 0 || upload.shard() >= owners.count() || upload.report() == null) {
            throw new RefusedException("a gradient of " + upload.what() + "; there are " + owners.count() + " shards");
        }
        int expected = upload.report().examples() == 0 ? 0 : bytes;
        if (upload.bytes() != expected) {
            throw new RefusedException(
                    "a gradient of %,d bytes, but those of this network have %,d".formatted(upload.bytes(), expected));
        }
    }

    /** Some of an upload arrived. */
    synchronized void progress(String name) {
        Worker worker = workers.get(name);
        if (worker != null) {
            worker.heard();
        }
    }

    /** An upload is whole; returns whether it counts, being the first of its shard in the current step. */
    synchronized boolean complete(Upload upload, ShardUpload shard) {
        boolean counts = open && upload.epoch() == epoch && upload.step() == step && arrived[shard.shard()] == null;
        if (counts) {
            arrived[shard.shard()] = shard;
            notifyAll();
        }
        return counts;
    }

    /** A connection ended. */
    synchronized void disconnected(Peer peer) {
        for (Worker worker : List.copyOf(workers.values())) {
            if (worker.speaksThrough(peer)) {
                drop(worker, false, "lost its connection");
            }
        }
    }

    // ---- what the driver does

    /** Opens a step; what a late task still sends of the one before is refused from now on. */
    synchronized void open(int newEpoch, int newStep) {
        epoch = newEpoch;
        step = newStep;
        Arrays.fill(arrived, null);
        open = true;
        assignShards();
    }

    /** Closes the step. */
    synchronized void close() {
        open = false;
    }

    /** Takes tasks of that epoch from now on. */
    synchronized void admit(int newEpoch) {
        admitted = newEpoch;
    }

    /** Lets workers go as they ask for work; those that are computing first finish. */
    synchronized void stopWorkers() {
        open = false;
        admitted = NONE;
        dispatch();
    }

    /** A shard of the open step; waits a moment if it is not there yet, and may still give null. */
    synchronized ShardUpload poll(int shard, long millis) throws InterruptedException {
        expire();
        if (arrived[shard] == null) {
            pause(millis);
        }
        return arrived[shard];
    }

    /** How many workers there are; waits a moment if they are fewer than wanted. */
    synchronized int pollWorkers(int wanted, long millis) throws InterruptedException {
        expire();
        if (workers() < wanted) {
            pause(millis);
        }
        return workers();
    }

    /** How many workers of the admitted epoch there are. */
    synchronized int workers() {
        return (int) ofThisEpoch().count();
    }

    @SuppressWarnings("WaitNotInLoop") // the callers look for what they want again
    private void pause(long millis) throws InterruptedException {
        wait(millis);
    }

    /** Takes out the losses since the last call. */
    synchronized List<LostWorker> losses() {
        List<LostWorker> taken = List.copyOf(losses);
        losses.clear();
        return taken;
    }

    /** Where training is, for people. */
    synchronized String position() {
        return "epoch %d, step %d".formatted(epoch, step + 1);
    }

    /** The shards of the open step that are not there yet, for people. */
    synchronized String missing() {
        return position() + ", shards "
                + IntStream.range(0, owners.count())
                        .filter(shard -> arrived[shard] == null)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(", "));
    }

    // ---- inside

    private void requireRun(String other) {
        if (!run.equals(other)) {
            throw new RefusedException("a message of run " + other + "; this is run " + run);
        }
    }

    private Worker worker(String otherRun, String name, Peer peer) {
        requireRun(otherRun);
        Worker worker = workers.get(name);
        if (worker == null || !worker.speaksThrough(peer)) {
            throw new RefusedException("a message of a task that does not take part, or no longer: " + name);
        }
        worker.heard();
        return worker;
    }

    private void expire() {
        for (Worker worker : List.copyOf(workers.values())) {
            String why = worker.overdue(limits);
            if (why != null) {
                drop(worker, true, why);
                worker.disconnect();
            }
        }
    }

    private void drop(Worker worker, boolean connected, String why) {
        workers.remove(worker.name());
        if (worker.epoch() == admitted) {
            losses.add(new LostWorker(
                    worker.executor(), connected, "%s %s; it had %s".formatted(worker.who(), why, held(worker))));
        }
        if (open) {
            assignShards();
        }
        notifyAll();
    }

    private String held(Worker worker) {
        String shards = unfinished(worker).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        return shards.isEmpty() ? "nothing left to do in " + position() : "shards " + shards + " of " + position();
    }

    private void assignShards() {
        owners.share(ofThisEpoch().map(Worker::name).toList());
        dispatch();
    }

    private Stream<Worker> ofThisEpoch() {
        return workers.values().stream().filter(worker -> worker.epoch() == admitted);
    }

    private IntStream unfinished(Worker worker) {
        return owners.of(worker.name()).filter(shard -> arrived[shard] == null);
    }

    /** Answers those that wait, where there is something to answer. */
    private void dispatch() {
        for (Worker worker : workers.values()) {
            if (worker.isWaiting() && worker.epoch() != admitted) {
                worker.answer(null);
            } else if (worker.isWaiting() && open) {
                unfinished(worker)
                        .findFirst()
                        .ifPresent(shard -> worker.answer(new Assignment(epoch, step, shard, streamIds.get())));
            }
        }
    }
}
