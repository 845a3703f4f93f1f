package org.attnvgg.spark.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.evaluation.BinaryMetrics;
import org.attnvgg.evaluation.BinaryMetrics.Scored;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.JpegScale;
import org.attnvgg.image.RejectReason;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.data.Reject;
import org.attnvgg.spark.job.ClusterExecutors;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.StopSignal;
import org.attnvgg.spark.score.PartitionScorer;
import org.attnvgg.spark.score.ScoredImage;
import org.attnvgg.spark.score.ScoringPlan;
import org.attnvgg.training.FocalLoss;

/** Scores the validation split as {@code score} does. */
final class Validation {

    private static final int BATCH_SIZE = 32;

    /** Milliseconds between two looks at whether to stop. */
    private static final long LOOK_MILLIS = 200;

    private final JavaSparkContext context;
    private final TrainPlan plan;
    private final List<ImageRef> images;
    private final StopSignal stop;

    Validation(JavaSparkContext context, TrainPlan plan, List<ImageRef> images, StopSignal stop) {
        this.context = context;
        this.plan = plan;
        this.images = images;
        this.stop = stop;
    }

    /**
     * How well the network does.
     *
     * @param examples images scored
     * @param loss mean focal loss
     * @param metrics of the ranking
     * @param rejects images left out
     */
    record Result(long examples, double loss, BinaryMetrics metrics, List<Reject> rejects) {}

    /**
     * Scores all images with these weights.
     *
     * @return how well they do; empty if the run was told to stop meanwhile
     * @throws JobException if a score or the loss is not finite, or none of a class could be scored
     */
    Optional<Result> run(int epoch, Weights weights) {
        Broadcast<Weights> sent = context.broadcast(weights);
        Broadcast<SerializableConfiguration> hadoop =
                context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
        ImageLimits limits = plan.limits();
        ScoringPlan scoring = new ScoringPlan(
                plan.runId() + "/" + epoch,
                plan.network(),
                sent,
                plan.precision(),
                plan.device(),
                BATCH_SIZE,
                limits,
                JpegScale.FULL,
                hadoop);
        context.setJobGroup("train", "validate epoch " + epoch, false);
        try {
            JavaFutureAction<List<Outcome>> job = context.parallelize(
                            images, Math.min(new ClusterExecutors(context.sc()).slots(), images.size()))
                    .mapPartitions(refs -> {
                        List<Outcome> outcomes = new ArrayList<>();
                        PartitionScorer.score(scoring, refs).forEachRemaining(image -> outcomes.add(Outcome.of(image)));
                        return outcomes.iterator();
                    })
                    .collectAsync();
            return await(job).map(all -> result(epoch, all));
        } finally {
            sent.destroy();
            hadoop.destroy();
        }
    }

    private Optional<List<Outcome>> await(JavaFutureAction<List<Outcome>> job) {
        while (!stop.isRequested()) {
            try {
                return Optional.of(job.get(LOOK_MILLIS, TimeUnit.MILLISECONDS));
            } catch (TimeoutException e) {
                // not done yet: looks for the signal again
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                job.cancel(true);
                throw new JobException("interrupted in validation", e);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
            }
        }
        job.cancel(true);
        return Optional.empty();
    }

    private Result result(int epoch, List<Outcome> all) {
        List<Scored> scored =
                all.stream().map(Outcome::scored).filter(Objects::nonNull).toList();
        List<Reject> rejects =
                all.stream().map(Outcome::reject).filter(Objects::nonNull).toList();
        String where = "epoch %d, validation: ".formatted(epoch);
        rejects.stream()
                .filter(reject -> reject.reason().equals(RejectReason.NOT_FINITE.toString()))
                .findFirst()
                .ifPresent(reject -> {
                    throw new JobException(where + "image " + reject.imageId() + ": " + reject.detail()
                            + "; training has diverged, lower train.learning-rate");
                });
        if (scored.isEmpty()) {
            throw new JobException("none of the %,d validation images could be read, the first for this reason: %s"
                    .formatted(rejects.size(), rejects.get(0)));
        }
        FocalLoss loss = plan.loss();
        double sum = scored.stream()
                .mapToDouble(one -> loss.loss(one.score(), one.label()))
                .sum();
        BinaryMetrics metrics = BinaryMetrics.of(scored);
        if (!Double.isFinite(sum)) {
            throw new JobException(where + "the loss is " + sum + "; training has diverged, lower train.learning-rate");
        }
        if (!metrics.defined()) {
            throw new JobException(where
                    + "the %,d images that could be read are all of one class, the first of %,d others was left out as: %s"
                            .formatted(scored.size(), rejects.size(), rejects.get(0)));
        }
        return new Result(scored.size(), sum / scored.size(), metrics, rejects);
    }

    /** An image's score, or why it has none; the other is null. */
    private record Outcome(Scored scored, Reject reject) implements Serializable {

        private static final long serialVersionUID = 1;

        static Outcome of(ScoredImage image) {
            return image.image().accepted()
                    ? new Outcome(new Scored(image.logit(), image.image().ref().target()), null)
                    : new Outcome(null, Reject.of(image.image()));
        }
    }
}
