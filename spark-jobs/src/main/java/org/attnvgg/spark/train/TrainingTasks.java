package org.attnvgg.spark.train;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.spark.exchange.ExchangeAddress;
import org.attnvgg.spark.exchange.ExchangeServer;
import org.attnvgg.spark.exchange.LostWorker;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobException;

/**
 * The tasks of an epoch: one Spark job of as many long tasks as there are shards, each of which takes part in the exchange
 * until the epoch is over. Tasks are not tied to shards, so fewer running ones do the work of all, a replacement of a lost
 * one joins when Spark has started it, and tasks that never found a slot end as soon as they do.
 */
final class TrainingTasks implements AutoCloseable, ExchangeServer.Watch {

    private final JavaSparkContext context;
    private final Broadcast<TrainPlan> plan;
    private final Broadcast<Shards> shards;
    private final Broadcast<SerializableConfiguration> hadoop;
    private final ExchangeAddress address;
    private final Duration patience;
    private final List<Integer> numbers;
    private int epoch;
    private Set<String> leftOut = Set.of();
    private JavaFutureAction<Void> job;
    private boolean progressed;

    TrainingTasks(JavaSparkContext context, TrainPlan plan, Shards shards, ExchangeAddress address) {
        this.context = context;
        this.plan = context.broadcast(plan);
        this.shards = context.broadcast(shards);
        this.hadoop = context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
        this.address = address;
        this.patience = address.limits().heartbeat();
        this.numbers = IntStream.range(0, shards.count()).boxed().toList();
    }

    /** Starts an epoch's tasks, which leave these images out. */
    void start(int newEpoch, Set<String> newLeftOut) {
        epoch = newEpoch;
        leftOut = newLeftOut;
        submit();
    }

    private void submit() {
        progressed = false;
        context.setJobGroup("train", "train epoch " + epoch, true);
        Broadcast<TrainPlan> thePlan = plan;
        Broadcast<Shards> theShards = shards;
        Broadcast<SerializableConfiguration> theHadoop = hadoop;
        ExchangeAddress theAddress = address;
        int theEpoch = epoch;
        Set<String> theLeftOut = leftOut;
        job = context.parallelize(numbers, numbers.size())
                .foreachAsync(number -> ShardWorker.takePart(
                        thePlan.value(), theShards.value(), theHadoop.value(), theAddress, theEpoch, theLeftOut));
    }

    /** A step is done: a job that fails now may be started again. */
    void progressed() {
        progressed = true;
    }

    /** Tells of losses, has frozen executors replaced, and starts the job again when too many losses ended it. */
    @Override
    public void look(List<LostWorker> losses) {
        for (LostWorker loss : losses) {
            Console.warn(loss.text() + ", which others take over");
            if (loss.frozen()) {
                replace(loss.executor());
            }
        }
        if (context.sc().isStopped()) {
            throw new JobException(
                    "Spark was stopped in epoch " + epoch + "; the same command goes on from the last checkpoint");
        }
        if (job.isDone()) {
            JobException failure = failure();
            if (!progressed) {
                throw failure;
            }
            Console.warn(failure.getMessage() + "; starting its tasks again");
            submit();
        }
    }

    /** Asks the cluster for another executor in place of a frozen one, and does not wait for the answer. */
    private void replace(String executor) {
        Thread thread = new Thread(() -> context.sc().killAndReplaceExecutor(executor), "attnvgg-replace-executor");
        thread.setDaemon(true);
        thread.start();
    }

    private JobException failure() {
        try {
            job.get();
            return new JobException("the tasks of epoch " + epoch + " ended before it was over");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new JobException("interrupted in epoch " + epoch, e);
        } catch (ExecutionException | CancellationException e) {
            return new JobException("epoch " + epoch + ": " + TaskFailures.explain(e), e);
        }
    }

    /** Waits for the tasks to end, after the exchange has stopped them; those that do not are given up. */
    void finish() {
        try {
            job.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            job.cancel(true);
        } catch (ExecutionException | CancellationException | TimeoutException e) {
            // The epoch's gradients are all there; a task that hangs or died after them takes nothing away.
            job.cancel(true);
        }
    }

    @Override
    public void close() {
        if (context.sc().isStopped()) { // as when the driver is told to end
            return;
        }
        if (job != null && !job.isDone()) {
            job.cancel(true);
        }
        plan.destroy();
        shards.destroy();
        hadoop.destroy();
    }
}
