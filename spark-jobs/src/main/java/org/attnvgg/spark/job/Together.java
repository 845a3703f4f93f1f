package org.attnvgg.spark.job;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Spark jobs that run side by side: small ones spend most of their time waiting for the driver. */
public final class Together {

    private Together() {}

    /** Runs all, waits for all, and throws what the first of them threw. */
    public static void run(Runnable... jobs) {
        ExecutorService threads = Executors.newFixedThreadPool(jobs.length);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Runnable job : jobs) {
                running.add(threads.submit(job));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JobException("interrupted", e);
        } finally {
            threads.shutdownNow();
        }
    }
}
