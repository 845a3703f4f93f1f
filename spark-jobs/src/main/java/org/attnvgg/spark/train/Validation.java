package org.attnvgg.spark.train;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.metrics.BinaryMetrics;
import org.attnvgg.spark.metrics.BinaryMetrics.Scored;
import org.attnvgg.spark.pipeline.ImageRef;
import org.attnvgg.spark.score.PartitionScorer;
import org.attnvgg.spark.score.ScoringPlan;
import org.attnvgg.training.FocalLoss;

/** Scores the validation split as {@code score} does. */
final class Validation {

    private static final int BATCH_SIZE = 50;

    private final JavaSparkContext context;
    private final TrainPlan plan;
    private final List<ImageRef> images;
    private final int slots;

    Validation(JavaSparkContext context, TrainPlan plan, List<ImageRef> images, int slots) {
        this.context = context;
        this.plan = plan;
        this.images = images;
        this.slots = slots;
    }

    /**
     * How well the network does.
     *
     * @param examples pictures scored
     * @param loss mean focal loss
     * @param metrics of the ranking
     * @param rejected pictures left out
     */
    record Result(long examples, double loss, BinaryMetrics metrics, long rejected) {}

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
                hadoop);
        context.setJobGroup("train", "validate epoch " + epoch, false);
        try {
            JavaRDD<Scored> scored = context.parallelize(images, Math.max(1, Math.min(slots, images.size())))
                    .mapPartitions(refs -> {
                        List<Scored> list = new java.util.ArrayList<>();
                        PartitionScorer.score(scoring, refs).forEachRemaining(image -> {
                            if (image.image().accepted()) {
                                list.add(new Scored(
                                        image.logit(), image.image().ref().target()));
                            }
                        });
                        return list.iterator();
                    });
            List<Scored> all = scored.collect();
            FocalLoss loss = plan.loss();
            double sum = all.stream()
                    .mapToDouble(one -> loss.loss(one.score(), one.label()))
                    .sum();
            return new Result(all.size(), sum / all.size(), BinaryMetrics.of(all), images.size() - all.size());
        } finally {
            sent.destroy(true);
            hadoop.destroy(true);
        }
    }
}
