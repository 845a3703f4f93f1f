package org.attnvgg.spark.exchange;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.spark.SparkConf;
import org.attnvgg.spark.exchange.Messages.Answer;
import org.attnvgg.spark.exchange.Messages.Ask;
import org.attnvgg.spark.exchange.Messages.Request;
import org.attnvgg.spark.exchange.Messages.Upload;
import org.attnvgg.spark.shim.MessageClient;

/**
 * A training task's end of the exchange: {@link #next}, {@link #fetchWeights}, {@link #upload}, again and again. Not
 * thread-safe; one a task. Tells the driver from a thread of its own that it is alive.
 */
public final class ExchangeClient implements AutoCloseable {

    private static final int BEATS_PER_TIMEOUT = 6;

    private final ExchangeAddress address;
    private final int epoch;
    private final String executor;
    private final String host;
    private final SparkConf spark;
    private MessageClient client;
    private final ScheduledExecutorService beats;
    private final ByteBuffer weights;
    private String worker;
    private Assignment fetched;
    private volatile long heardAt = System.nanoTime();
    private CompletableFuture<ByteBuffer> uploading = CompletableFuture.completedFuture(null);

    /**
     * Joins for an epoch.
     *
     * @param epoch from 1
     * @param executor the id of this executor
     * @param host its host
     * @param weights room for one set of weights, which the caller may reuse when this client is closed
     */
    public ExchangeClient(
            SparkConf spark, ExchangeAddress address, int epoch, String executor, String host, ByteBuffer weights) {
        this.address = address;
        this.epoch = epoch;
        this.executor = executor;
        this.host = host;
        this.weights = weights;
        this.spark = spark;
        beats = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread thread = new Thread(runnable, "attnvgg-heartbeat");
            thread.setDaemon(true);
            return thread;
        });
        try {
            client = connect();
            ByteBuffer joined = await(send(Ask.JOIN, null), "to take part");
            worker = Messages.read(joined, Answer.class).worker();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        long period = Math.max(1, address.limits().heartbeat().toMillis() / BEATS_PER_TIMEOUT);
        var unused = beats.scheduleAtFixedRate(this::beat, period, period, TimeUnit.MILLISECONDS);
    }

    private MessageClient connect() {
        try {
            return new MessageClient(spark, address.secret(), address.host(), address.port());
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot reach the driver's exchange at " + address + " (spark.driver.host, train.exchange-port)",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while connecting to " + address, e);
        }
    }

    /** The next shard to compute; null when the epoch is over. Waits for as long as the driver is alive. */
    public Assignment next() {
        ByteBuffer answer = await(send(Ask.NEXT, worker), () -> heardAt, "for the next shard");
        return Messages.read(answer, Answer.class).work();
    }

    /** Brings an assignment's weights into the buffer for them, unless they are there; returns whether they are new. */
    public boolean fetchWeights(Assignment work) {
        if (fetched != null && fetched.epoch() == work.epoch() && fetched.step() == work.step()) {
            return false;
        }
        fetched = null;
        await(client.download(work.weights(), weights.duplicate().clear()), "for the weights");
        fetched = work;
        return true;
    }

    /** Waits until the last upload has left the buffer that it was given. */
    public void awaitUpload() {
        await(uploading, "for a gradient to arrive");
    }

    /**
     * Starts to send a shard's gradient; the buffer is in use until {@link #awaitUpload}, which the next upload calls
     * first.
     */
    public void upload(Assignment work, ShardReport report, ByteBuffer values) {
        awaitUpload();
        ByteBuffer sent = report.examples() == 0
                ? ByteBuffer.allocate(0)
                : values.duplicate().clear();
        Upload header =
                new Upload(address.run(), worker, work.epoch(), work.step(), work.shard(), sent.remaining(), report);
        uploading = client.upload(Messages.write(header), sent);
    }

    private CompletableFuture<ByteBuffer> send(Ask ask, String name) {
        return client.send(Messages.write(new Request(ask, address.run(), epoch, name, executor, host)));
    }

    private void beat() {
        if (client.isActive()) {
            var unused = send(Ask.ALIVE, worker).thenRun(() -> heardAt = System.nanoTime());
        }
    }

    private <T> T await(CompletableFuture<T> future, String what) {
        long start = System.nanoTime();
        return await(future, () -> start, what);
    }

    /** Waits until it is too long since a moment that may move. */
    private <T> T await(CompletableFuture<T> future, LongSupplier since, String what) {
        Duration limit = address.limits().step();
        while (true) {
            try {
                return future.get(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting " + what, e);
            } catch (ExecutionException e) {
                throw new IllegalStateException(
                        "the driver's exchange at " + address + " failed while waiting " + what + ": "
                                + e.getCause().getMessage(),
                        e.getCause());
            } catch (TimeoutException e) {
                if (System.nanoTime() - since.getAsLong() > limit.toNanos()) {
                    throw new IllegalStateException(
                            "the driver's exchange at %s did not answer in %d s (train.step-timeout) while waiting %s"
                                    .formatted(address, limit.toSeconds(), what),
                            e);
                }
            }
        }
    }

    @Override
    public void close() {
        beats.shutdownNow();
        if (client != null) {
            client.close();
        }
    }
}
