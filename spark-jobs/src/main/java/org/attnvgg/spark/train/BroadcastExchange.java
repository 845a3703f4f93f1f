package org.attnvgg.spark.train;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.model.Weights;

/** Weights down by broadcast, gradients up as task results: one short Spark job a step. */
final class BroadcastExchange implements Exchange {

    private final JavaSparkContext context;
    private final Broadcast<TrainPlan> plan;
    private final Broadcast<Shards> shards;
    private final Broadcast<SerializableConfiguration> hadoop;
    private final List<Integer> shardNumbers;

    BroadcastExchange(JavaSparkContext context, TrainPlan plan, Shards shards) {
        this.context = context;
        this.plan = context.broadcast(plan);
        this.shards = context.broadcast(shards);
        this.hadoop = context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
        this.shardNumbers = IntStream.range(0, shards.count()).boxed().toList();
    }

    @Override
    public List<ShardResult> step(int epoch, int step, Weights weights) {
        Broadcast<Weights> sent = context.broadcast(weights);
        Broadcast<TrainPlan> thePlan = plan;
        Broadcast<Shards> theShards = shards;
        Broadcast<SerializableConfiguration> theHadoop = hadoop;
        context.setJobGroup("train", "train epoch %d, step %d".formatted(epoch, step + 1), false);
        try {
            return context.parallelize(shardNumbers, shardNumbers.size())
                    .map(shard -> ShardWorker.of(thePlan.value(), theShards.value(), theHadoop.value())
                            .step(shard, epoch, step, sent.value()))
                    .collect();
        } finally {
            sent.destroy(true);
        }
    }

    @Override
    public void close() {
        plan.destroy(true);
        shards.destroy(true);
        hadoop.destroy(true);
    }
}
