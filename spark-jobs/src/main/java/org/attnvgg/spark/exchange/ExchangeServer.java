package org.attnvgg.spark.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import org.apache.spark.SparkConf;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.shim.Admission;
import org.attnvgg.spark.shim.MessageServer;
import org.attnvgg.spark.shim.TransportSetup;

/**
 * The driver's end of the exchange: offers weights, and takes the shards' gradients as they come. One step at a time:
 * {@link #awaitEnough}, {@link #open}, {@link #await} of every shard in turn, each buffer given back by {@link #release}, {@link #endStep}.
 */
public final class ExchangeServer implements AutoCloseable {

    /** Milliseconds between two looks at who is overdue. */
    private static final long LOOK_MILLIS = 200;

    private final ExchangeLimits limits;
    private final Coordinator coordinator;
    private final WeightsStreams streams = new WeightsStreams();
    private final BufferPool buffers;
    private final MessageServer server;
    private final ExchangeAddress address;
    private final ByteBuffer weights;

    /** What to look at while waiting; throws when waiting is in vain. */
    public interface Watch {

        /** Looks, and acts on workers that were lost since the last look. */
        void look(List<LostWorker> losses);
    }

    /**
     * Opens the exchange of a run.
     *
     * @param run identity of the run
     * @param port where to listen; 0 for any free port
     * @param shards how many shards a step has
     * @param weightsBytes length of one set of weights
     * @param gradientBytes length of one shard's gradient
     */
    public ExchangeServer(
            SparkConf spark,
            String run,
            int port,
            int shards,
            int weightsBytes,
            int gradientBytes,
            ExchangeLimits limits) {
        this(spark, run, port, shards, weightsBytes, gradientBytes, limits, Admission.DEFAULT);
    }

    /** Opens the exchange of a run, with limits of its own for connections that are not authenticated yet. */
    ExchangeServer(
            SparkConf spark,
            String run,
            int port,
            int shards,
            int weightsBytes,
            int gradientBytes,
            ExchangeLimits limits,
            Admission admission) {
        this.limits = limits;
        coordinator = new Coordinator(run, shards, limits, streams::newId);
        buffers = new BufferPool(gradientBytes);
        weights = ByteBuffer.allocateDirect(weightsBytes).order(ByteOrder.nativeOrder());
        String secret = TransportSetup.secretFor(spark);
        String host = spark.get("spark.driver.host");
        RequestHandler handler = new RequestHandler(coordinator, streams, buffers, gradientBytes);
        server =
                new MessageServer(spark, secret, spark.get("spark.driver.bindAddress", host), port, admission, handler);
        address = new ExchangeAddress(run, host, server.port(), secret, weightsBytes, limits);
    }

    /** Where tasks reach it. */
    public ExchangeAddress address() {
        return address;
    }

    /** The buffer to write a step's weights into, before {@link #open}. */
    public ByteBuffer weights() {
        return weights;
    }

    /** Takes tasks of that epoch, until {@link #stopWorkers}. */
    public void admit(int epoch) {
        coordinator.admit(epoch);
    }

    /** Offers what {@link #weights} holds and lets the tasks compute. */
    public void open(int epoch, int step) {
        streams.offer(weights.duplicate().clear());
        coordinator.open(epoch, step);
    }

    /** Waits until the wanted number of tasks take part, or the time is over; returns how many do. */
    public int awaitWorkers(int wanted, Duration time, Watch watch) {
        long end = System.nanoTime() + time.toNanos();
        int there;
        do {
            watch.look(coordinator.losses());
            there = workers(wanted);
        } while (there < wanted && System.nanoTime() < end);
        return there;
    }

    private int workers(int wanted) {
        try {
            return coordinator.pollWorkers(wanted, LOOK_MILLIS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Waits until enough tasks take part to go on.
     *
     * @throws JobException if too few do for too long
     */
    public void awaitEnough(Watch watch) {
        int there = awaitWorkers(limits.minExecutors(), limits.executors(), watch);
        if (there < limits.minExecutors()) {
            throw tooFew(there, "after " + coordinator.position());
        }
    }

    /**
     * Waits for a shard of the open step.
     *
     * @throws JobException if no task takes part for too long: it names what was waited for
     */
    public ShardUpload await(int shard, Watch watch) {
        long lastSeen = System.nanoTime();
        try {
            ShardUpload upload = coordinator.poll(shard, LOOK_MILLIS);
            while (upload == null) {
                watch.look(coordinator.losses());
                if (coordinator.workers() > 0) {
                    lastSeen = System.nanoTime();
                } else if (System.nanoTime() - lastSeen > limits.executors().toNanos()) {
                    throw tooFew(0, "for " + coordinator.missing());
                }
                upload = coordinator.poll(shard, LOOK_MILLIS);
            }
            return upload;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private JobException tooFew(int there, String what) {
        return new JobException(
                "%d executors train, but train.min-executors = %d; waited for others for %d s (train.executor-wait), %s"
                        .formatted(
                                there, limits.minExecutors(), limits.executors().toSeconds(), what));
    }

    private static JobException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new JobException("interrupted while waiting for executors", e);
    }

    /** Takes back what {@link #await} gave. */
    public void release(ShardUpload upload) {
        buffers.give(upload.values());
    }

    /** Ends the step: what comes of it from now on is refused. */
    public void endStep() {
        coordinator.close();
    }

    /** Lets the tasks of the epoch end. */
    public void stopWorkers() {
        coordinator.stopWorkers();
    }

    @Override
    public void close() {
        server.close();
    }
}
