package org.attnvgg.spark.exchange;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.attnvgg.spark.exchange.Messages.RefusedException;
import org.attnvgg.spark.exchange.Messages.Request;
import org.attnvgg.spark.exchange.Messages.Upload;

/**
 * Who takes part, who computes which shard of the current step, and what has arrived of it. A shard stays with its member
 * for as long as that is there, since its pictures are cached there; a lost member's shards go to the others at once. The
 * first gradient of a shard that arrives whole counts. Thread-safe: the transport's threads report, the driver waits.
 */
final class Coordinator {

    /** Tasks of no epoch are taken. */
    private static final int NONE = 0;

    private final String run;
    private final ExchangeLimits limits;
    private final Supplier<String> tickets;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final List<Loss> losses = new ArrayList<>();
    private final ShardOwners owners;
    private final ShardUpload[] arrived;
    private int epoch;
    private int step;
    private boolean open;
    private int admitted = NONE;

    /** Nobody there yet; {@code tickets} gives each assignment what its weights are called by. */
    Coordinator(String run, int shards, ExchangeLimits limits, Supplier<String> tickets) {
        this.run = run;
        this.limits = limits;
        this.tickets = tickets;
        owners = new ShardOwners(shards);
        arrived = new ShardUpload[shards];
    }

    // ---- what tasks report

    /** Lets a task take part; returns its name. */
    synchronized String join(Request request, TransportClient client) {
        requireRun(request.run());
        Member member =
                new Member(UUID.randomUUID().toString(), request.epoch(), request.executor(), request.host(), client);
        members.put(member.name(), member);
        if (open) {
            shareOut();
        }
        notifyAll();
        return member.name();
    }

    /** A member asks for work: it is told as soon as there is some. */
    synchronized void next(Request request, TransportClient client, RpcResponseCallback callback) {
        member(request.run(), request.member(), client).waitWith(callback);
        hand();
    }

    /** A member is alive. */
    synchronized void alive(Request request, TransportClient client) {
        member(request.run(), request.member(), client).heard();
    }

    /** Checks that an upload is wanted, before its bytes are. */
    synchronized void expect(Upload upload, TransportClient client, int bytes) {
        member(upload.run(), upload.member(), client);
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
        Member member = members.get(name);
        if (member != null) {
            member.heard();
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
    synchronized void disconnected(TransportClient client) {
        for (Member member : List.copyOf(members.values())) {
            if (member.speaksThrough(client)) {
                drop(member, false, "lost its connection");
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
        shareOut();
    }

    /** Closes the step. */
    synchronized void close() {
        open = false;
    }

    /** Takes tasks of that epoch from now on. */
    synchronized void admit(int newEpoch) {
        admitted = newEpoch;
    }

    /** Lets members go as they ask for work; those that are computing first finish. */
    synchronized void dismiss() {
        open = false;
        admitted = NONE;
        hand();
    }

    /** A shard of the open step; waits a moment if it is not there yet, and may still give null. */
    synchronized ShardUpload poll(int shard, long millis) throws InterruptedException {
        expire();
        if (arrived[shard] == null) {
            pause(millis);
        }
        return arrived[shard];
    }

    /** How many members there are; waits a moment if they are fewer than wanted. */
    synchronized int pollMembers(int wanted, long millis) throws InterruptedException {
        expire();
        if (members() < wanted) {
            pause(millis);
        }
        return members();
    }

    /** How many members of the admitted epoch there are. */
    synchronized int members() {
        return (int) ofThisEpoch().count();
    }

    @SuppressWarnings("WaitNotInLoop") // the callers look for what they want again
    private void pause(long millis) throws InterruptedException {
        wait(millis);
    }

    /** Takes out the losses since the last call. */
    synchronized List<Loss> losses() {
        List<Loss> taken = List.copyOf(losses);
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

    private Member member(String otherRun, String name, TransportClient client) {
        requireRun(otherRun);
        Member member = members.get(name);
        if (member == null || !member.speaksThrough(client)) {
            throw new RefusedException("a message of a task that does not take part, or no longer: " + name);
        }
        member.heard();
        return member;
    }

    private void expire() {
        for (Member member : List.copyOf(members.values())) {
            String why = member.overdue(limits);
            if (why != null) {
                drop(member, true, why);
                member.disconnect();
            }
        }
    }

    private void drop(Member member, boolean connected, String why) {
        members.remove(member.name());
        if (member.epoch() == admitted) {
            losses.add(new Loss(
                    member.executor(), connected, "%s %s; it had %s".formatted(member.who(), why, held(member))));
        }
        if (open) {
            shareOut();
        }
        notifyAll();
    }

    private String held(Member member) {
        String shards = unfinished(member).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        return shards.isEmpty() ? "nothing left to do in " + position() : "shards " + shards + " of " + position();
    }

    private void shareOut() {
        owners.share(ofThisEpoch().map(Member::name).toList());
        hand();
    }

    private Stream<Member> ofThisEpoch() {
        return members.values().stream().filter(member -> member.epoch() == admitted);
    }

    private IntStream unfinished(Member member) {
        return owners.of(member.name()).filter(shard -> arrived[shard] == null);
    }

    /** Answers those that wait, where there is something to answer. */
    private void hand() {
        for (Member member : members.values()) {
            if (member.isWaiting() && member.epoch() != admitted) {
                member.answer(null);
            } else if (member.isWaiting() && open) {
                unfinished(member)
                        .findFirst()
                        .ifPresent(shard -> member.answer(new Assignment(epoch, step, shard, tickets.get())));
            }
        }
    }
}
