package org.attnvgg.spark.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.JpegScale;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.Executors;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.metrics.BinaryMetrics;
import org.attnvgg.spark.metrics.BinaryMetrics.Scored;
import org.attnvgg.spark.pipeline.ImageRef;
import org.attnvgg.spark.pipeline.Reject;
import org.attnvgg.spark.score.PartitionScorer;
import org.attnvgg.spark.score.ScoredImage;
import org.attnvgg.spark.score.ScoringPlan;
import org.attnvgg.training.FocalLoss;

/** Scores the validation split as {@code score} does. */
final class Validation {

    private static final int BATCH_SIZE = 32;

    private final JavaSparkContext context;
    private final TrainPlan plan;
    private final List<ImageRef> images;

    Validation(JavaSparkContext context, TrainPlan plan, List<ImageRef> images) {
        this.context = context;
        this.plan = plan;
        this.images = images;
    }

    /**
     * How well the network does.
     *
     * @param examples pictures scored
     * @param loss mean focal loss
     * @param metrics of the ranking
     * @param rejects pictures left out
     */
    record Result(long examples, double loss, BinaryMetrics metrics, List<Reject> rejects) {}

    Result run(int epoch, Weights weights) {
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
            List<Outcome> all = context.parallelize(
                            images, Math.min(new Executors(context.sc()).slots(), images.size()))
                    .mapPartitions(refs -> {
                        List<Outcome> outcomes = new ArrayList<>();
                        PartitionScorer.score(scoring, refs).forEachRemaining(image -> outcomes.add(Outcome.of(image)));
                        return outcomes.iterator();
                    })
                    .collect();
            return result(all);
        } finally {
            sent.destroy();
            hadoop.destroy();
        }
    }

    private Result result(List<Outcome> all) {
        List<Scored> scored =
                all.stream().map(Outcome::scored).filter(Objects::nonNull).toList();
        List<Reject> rejects =
                all.stream().map(Outcome::reject).filter(Objects::nonNull).toList();
        if (scored.isEmpty()) {
            throw new JobException("none of the %,d validation pictures could be read, the first for this reason: %s"
                    .formatted(rejects.size(), rejects.get(0)));
        }
        FocalLoss loss = plan.loss();
        double sum = scored.stream()
                .mapToDouble(one -> loss.loss(one.score(), one.label()))
                .sum();
        return new Result(scored.size(), sum / scored.size(), BinaryMetrics.of(scored), rejects);
    }

    /** A picture's score, or why it has none; the other is null. */
    private record Outcome(Scored scored, Reject reject) implements Serializable {

        private static final long serialVersionUID = 1;

        static Outcome of(ScoredImage image) {
            return image.image().accepted()
                    ? new Outcome(new Scored(image.logit(), image.image().ref().target()), null)
                    : new Outcome(null, Reject.of(image.image()));
        }
    }
}
