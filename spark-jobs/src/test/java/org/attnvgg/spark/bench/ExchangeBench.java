package org.attnvgg.spark.bench;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.attnvgg.runtime.WeightsCodec;
import org.attnvgg.spark.exchange.Assignment;
import org.attnvgg.spark.exchange.ExchangeAddress;
import org.attnvgg.spark.exchange.ExchangeClient;
import org.attnvgg.spark.exchange.ExchangeLimits;
import org.attnvgg.spark.exchange.ExchangeServer;
import org.attnvgg.spark.exchange.ShardReport;
import org.attnvgg.spark.exchange.ShardUpload;
import org.attnvgg.spark.job.ClusterExecutors;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.torchscript.Precision;
import org.attnvgg.training.Adam;
import org.attnvgg.training.GradientAccumulator;
import org.attnvgg.training.GradientCodec;
import org.attnvgg.training.GradientCodec.GradientPrecision;

/**
 * One synchronous step of the whole network's size without computing: weights down to every executor, gradients up, sum and
 * update. Beside it the same by Spark's broadcast and collect, and the bare bytes through plain sockets.
 */
final class ExchangeBench {

    private final JavaSparkContext context;
    private final NetworkLayout layout = NetworkLayout.of(NetworkConfig.NOTEBOOK);
    private final int steps;
    private final int executors;

    ExchangeBench(JobContext run, BenchOptions options) {
        context = JavaSparkContext.fromSparkContext(run.spark().sparkContext());
        steps = options.steps();
        executors = new ClusterExecutors(context.sc()).await(2, Duration.ofSeconds(60));
        if (context.isLocal()) {
            throw new JobException(
                    "exchange needs executors of their own:" + " spark.master=local-cluster[2,1,2048], or a cluster");
        }
    }

    void run() {
        int values = layout.trainableSize() + layout.statisticsSize();
        Console.line(
                "a step of %,d values to and from %d executors, %d times after warming up; milliseconds, median (least,"
                        + " most)",
                values, executors, steps);
        Timings broadcast = broadcastAndCollect();
        show("broadcast and collect, Spark's defaults", broadcast);
        Timings sockets = LoopbackSockets.measure(context, executors, values * Float.BYTES, steps);
        show("the bytes alone, plain sockets", sockets);
        Timings streams = streams(Precision.FLOAT32, GradientPrecision.FLOAT32);
        show("the exchange", streams);
        show("the exchange, gradients in bfloat16", streams(Precision.FLOAT32, GradientPrecision.BFLOAT16));
        show(
                "the exchange, weights and gradients in bfloat16",
                streams(Precision.BFLOAT16, GradientPrecision.BFLOAT16));
        Console.line(
                "the exchange takes %.1f times as long as plain sockets, and 1/%.1f of broadcast and collect",
                streams.median() / sockets.median(), broadcast.median() / streams.median());
    }

    private static void show(String what, Timings timings) {
        Console.line("%-50s %6.0f (%.0f, %.0f)", what, timings.median(), timings.least(), timings.most());
    }

    private List<Integer> tasks() {
        return IntStream.range(0, executors).boxed().toList();
    }

    private Timings broadcastAndCollect() {
        Weights weights = WeightInitializer.of(layout, 1);
        Adam adam = new Adam(1e-4, layout.trainableSize());
        return Timings.of(steps, () -> {
            Broadcast<float[]> sent = context.broadcast(weights.trainable());
            List<float[]> gradients = context.parallelize(tasks(), executors)
                    .map(task -> sent.value())
                    .collect();
            float[] sum = new float[layout.trainableSize()];
            gradients.forEach(gradient -> {
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += gradient[i];
                }
            });
            adam.update(weights.trainable(), sum, executors);
            sent.destroy();
        });
    }

    private Timings streams(Precision precision, GradientPrecision gradientPrecision) {
        WeightsCodec weightsFormat = new WeightsCodec(layout, precision);
        GradientCodec gradientFormat = new GradientCodec(layout, gradientPrecision);
        ExchangeLimits limits =
                new ExchangeLimits(Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(60), executors);
        try (ExchangeServer exchange = new ExchangeServer(
                context.getConf(),
                UUID.randomUUID().toString(),
                0,
                executors,
                weightsFormat.bytes(),
                gradientFormat.bytes(),
                limits)) {
            exchange.admit(1);
            JavaFutureAction<Void> tasks = start(exchange.address(), gradientFormat.bytes());
            ExchangeServer.Watch watch = losses -> {
                if (!losses.isEmpty() || tasks.isDone()) {
                    throw new JobException("a task of the benchmark ended early: " + losses);
                }
            };
            exchange.awaitWorkers(executors, limits.executors(), watch);
            Weights weights = WeightInitializer.of(layout, 1);
            Step step = new Step(exchange, watch, weights, weightsFormat, new GradientAccumulator(gradientFormat));
            Timings timings = Timings.of(steps, step);
            exchange.stopWorkers();
            return timings;
        }
    }

    private JavaFutureAction<Void> start(ExchangeAddress address, int gradientBytes) {
        return context.parallelize(tasks(), executors).foreachAsync(task -> takePart(address, gradientBytes));
    }

    private static void takePart(ExchangeAddress address, int gradientBytes) {
        SparkEnv env = SparkEnv.get();
        ByteBuffer weights = ByteBuffer.allocateDirect(address.weightsBytes());
        ByteBuffer gradient = ByteBuffer.allocateDirect(gradientBytes);
        try (ExchangeClient client = new ExchangeClient(env.conf(), address, 1, env.executorId(), "bench", weights)) {
            for (Assignment work = client.next(); work != null; work = client.next()) {
                client.fetchWeights(work);
                client.upload(work, new ShardReport(1, 0, List.of(), 0, 0), gradient);
            }
        }
    }

    /** What the trainer does in a step. */
    private final class Step implements Runnable {

        private final ExchangeServer exchange;
        private final ExchangeServer.Watch watch;
        private final Weights weights;
        private final WeightsCodec format;
        private final GradientAccumulator sum;
        private final Adam adam = new Adam(1e-4, layout.trainableSize());
        private int number;

        Step(
                ExchangeServer exchange,
                ExchangeServer.Watch watch,
                Weights weights,
                WeightsCodec format,
                GradientAccumulator sum) {
            this.exchange = exchange;
            this.watch = watch;
            this.weights = weights;
            this.format = format;
            this.sum = sum;
        }

        @Override
        public void run() {
            format.write(weights, exchange.weights());
            exchange.open(1, number++);
            sum.clear();
            for (int shard = 0; shard < executors; shard++) {
                ShardUpload upload = exchange.await(shard, watch);
                sum.add(upload.gradient());
                exchange.release(upload);
            }
            exchange.endStep();
            adam.update(weights.trainable(), sum.gradient(), sum.examples());
        }
    }
}
