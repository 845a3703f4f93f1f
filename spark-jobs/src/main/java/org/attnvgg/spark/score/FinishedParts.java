package org.attnvgg.spark.score;

import java.io.Serializable;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.util.CollectionAccumulator;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.StopSignal;
import scala.runtime.AbstractFunction1;

/** The parts of scored rows whose tasks are done: all, or those that were when that was enough. */
final class FinishedParts {

    private static final long POLL_MILLIS = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final int all;
    private final List<Part> parts;

    private FinishedParts(int all, List<Part> parts) {
        this.all = all;
        this.parts = parts;
    }

    /** How many images of a part had which outcome: a handful of numbers, which the driver adds up without a shuffle. */
    private record Part(int index, Map<Outcome, Long> outcomes) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /**
     * What became of an image.
     *
     * @param reason of the reject; null if it was scored
     * @param first whether it was tried for the first time
     */
    record Outcome(String reason, boolean first) implements Serializable {

        private static final long serialVersionUID = 1;

        static Outcome of(Row row) {
            Integer attempt = (Integer) row.get(ScoreRows.SCHEMA.fieldIndex("attempt"));
            String reason = row.getString(ScoreRows.SCHEMA.fieldIndex(ScoredRows.REASON));
            return new Outcome(reason, attempt == null || attempt == 1);
        }
    }

    /**
     * Computes the rows, which their RDD keeps, until all are there or that is no longer wanted.
     *
     * @param stop a signal to take what is there
     * @param limit time after which the parts that are there are taken, if there is any; none: no limit
     */
    static FinishedParts of(JavaRDD<Row> rows, StopSignal stop, Optional<Duration> limit) {
        CollectionAccumulator<Part> done = new CollectionAccumulator<>();
        rows.context().register(done, "finished parts");
        JavaFutureAction<Void> job = rows.foreachPartitionAsync(part -> {
            Map<Outcome, Long> counts = new HashMap<>();
            part.forEachRemaining(row -> counts.merge(Outcome.of(row), 1L, Long::sum));
            done.add(new Part(TaskContext.getPartitionId(), counts));
        });
        long start = System.nanoTime();
        BooleanSupplier enough = () -> stop.isRequested()
                || (limit.isPresent()
                        && System.nanoTime() - start > limit.get().toNanos()
                        && !done.value().isEmpty());
        if (await(job, enough)) {
            awaitTasks(rows.context());
        }
        return new FinishedParts(rows.getNumPartitions(), List.copyOf(done.value()));
    }

    /** Waits for the job, and cancels it when that is enough; returns whether it did. */
    private static boolean await(JavaFutureAction<Void> job, BooleanSupplier enough) {
        boolean cancelled = false;
        try {
            while (!isDone(job)) {
                if (enough.getAsBoolean()) {
                    cancelled = job.cancel(true);
                    job.get();
                }
            }
        } catch (CancellationException e) {
            return true; // what was done before is counted
        } catch (ExecutionException e) {
            if (!cancelled) {
                throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            job.cancel(true);
            Thread.currentThread().interrupt();
            throw new JobException("interrupted", e);
        }
        return cancelled;
    }

    /** Waits for tasks of a cancelled job, which first come to the end of a batch: they still use what Spark gave them. */
    private static void awaitTasks(SparkContext context) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (System.nanoTime() < deadline
                    && Arrays.stream(context.statusTracker().getExecutorInfos())
                            .anyMatch(executor -> executor.numRunningTasks() > 0)) {
                Thread.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JobException("interrupted", e);
        }
    }

    private static boolean isDone(JavaFutureAction<Void> job) throws ExecutionException, InterruptedException {
        try {
            job.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    boolean areAll() {
        return parts.size() == all;
    }

    /** Of an RDD with the same parts, those that are finished. */
    <T> JavaRDD<T> of(JavaRDD<T> rows) {
        return areAll() ? rows : among(rows, finished());
    }

    /** Of an RDD with the same parts, those that are not. */
    <T> JavaRDD<T> restOf(JavaRDD<T> rows) {
        Set<Integer> rest = IntStream.range(0, all).boxed().collect(Collectors.toSet());
        rest.removeAll(finished());
        return among(rows, rest);
    }

    private Set<Integer> finished() {
        return parts.stream().map(Part::index).collect(Collectors.toSet());
    }

    private static <T> JavaRDD<T> among(JavaRDD<T> rows, Set<Integer> indices) {
        return JavaRDD.fromRDD(PartitionPruningRDD.create(rows.rdd(), new Among(indices)), rows.classTag());
    }

    private static final class Among extends AbstractFunction1<Object, Object> implements Serializable {

        private static final long serialVersionUID = 1;

        @SuppressWarnings("serial") // a set of Java's own
        private final Set<Integer> indices;

        Among(Set<Integer> indices) {
            this.indices = indices;
        }

        @Override
        public Object apply(Object index) {
            return indices.contains(index);
        }
    }

    /** How many images had which outcome. */
    Map<Outcome, Long> outcomes() {
        Map<Outcome, Long> total = new HashMap<>();
        parts.forEach(part -> part.outcomes.forEach((outcome, count) -> total.merge(outcome, count, Long::sum)));
        return total;
    }
}
