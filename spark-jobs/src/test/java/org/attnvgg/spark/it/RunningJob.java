package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.exchange.ExchangeServer;
import org.attnvgg.spark.it.HeldFiles.Hold;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.score.RescoreJob;
import org.attnvgg.spark.train.TrainJob;

/** A job on a cluster, driven by a thread of this JVM. */
final class RunningJob implements AutoCloseable {

    private static final long LIMIT_MINUTES = 10;

    private final PrintedOutput printed = new PrintedOutput();
    private final SparkSession session;
    private final FutureTask<Void> job;
    private final Thread thread;

    private RunningJob(SparkSession session, Runnable work) {
        this.session = session;
        job = new FutureTask<>(work, null);
        thread = new Thread(job, "job");
        thread.start();
    }

    /** Starts {@code train}; settings are {@code key=value}. */
    static RunningJob train(SparkSession session, String... settings) {
        return new RunningJob(session, new TrainJob(run(session, settings))::run);
    }

    /** Starts {@code rescore}. */
    static RunningJob rescore(SparkSession session, String... settings) {
        return new RunningJob(session, new RescoreJob(run(session, settings))::run);
    }

    private static JobContext run(SparkSession session, String... settings) {
        return new JobContext(session, Settings.load(Optional.empty(), List.of(settings)), false);
    }

    /** What it has printed. */
    String output() {
        return printed.text();
    }

    /** Waits until it stands still there. */
    void awaitHeld(Hold hold) {
        Await.until("the job to stand still", () -> {
            assertThat(job.isDone()).as("at its end:\n" + output()).isFalse();
            return hold.isReached();
        });
    }

    /** Waits until training waits for a shard of a step. */
    void awaitOpenStep() {
        Await.until(
                "the job to wait for a shard",
                () -> Arrays.stream(thread.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(ExchangeServer.class.getName())
                                && frame.getMethodName().equals("await")));
    }

    /** Waits for its end; returns what it has printed. */
    String await() {
        try {
            job.get(LIMIT_MINUTES, TimeUnit.MINUTES);
            return output();
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("the job failed; it printed:\n" + output(), e);
        }
    }

    @Override
    public void close() {
        try {
            if (thread.isAlive()) {
                thread.interrupt();
                session.sparkContext().cancelAllJobs();
                thread.join(TimeUnit.MINUTES.toMillis(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            printed.close();
        }
    }
}
