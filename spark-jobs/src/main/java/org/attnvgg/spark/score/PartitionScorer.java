package org.attnvgg.spark.score;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.attnvgg.image.RejectReason;
import org.attnvgg.runtime.AttnVggOutput;
import org.attnvgg.runtime.ScoringNetwork;
import org.attnvgg.spark.data.BatchCollator;
import org.attnvgg.spark.data.BatchLoader;
import org.attnvgg.spark.data.DeviceErrors;
import org.attnvgg.spark.data.ImageFileReader;
import org.attnvgg.spark.data.ImageLoader;
import org.attnvgg.spark.data.ImageRef;
import org.attnvgg.spark.data.LoadedImage;
import org.attnvgg.spark.data.TaskDevice;

/** Scores one partition, batch by batch, while the next ones are read; gives rows in the order of the images. */
public final class PartitionScorer implements Iterator<ScoredImage> {

    private final ScoringPlan plan;
    private final Device device;
    private final SharedNetwork.Lease lease;
    private final BatchCollator inputs;
    private final BatchLoader.Images queue;
    private Iterator<ScoredImage> scored = Collections.emptyIterator();
    private final long startingNanos;
    private long loadingNanos;
    private long computingNanos;

    private PartitionScorer(ScoringPlan plan, Iterator<ImageRef> refs) {
        long start = System.nanoTime();
        this.plan = plan;
        device = TaskDevice.start(plan.device());
        lease = SharedNetwork.acquire(
                List.of(plan.weightsId(), plan.network(), plan.precision(), device, plan.batchSize()),
                () -> new ScoringNetwork(plan.network(), plan.weights().value(), plan.precision(), device),
                () -> BatchSize.of(plan.batchSize(), device));
        int cores = TaskContext.get().cpus();
        inputs = new BatchCollator(plan.network().imageSize(), cores);
        ImageFileReader archive = new ImageFileReader(plan.hadoop().value().value());
        ImageLoader source =
                new ImageLoader(archive, plan.limits(), plan.network().imageSize(), plan.scale(), isRetry());
        BatchLoader loader = new BatchLoader(source, cores, device);
        TaskContext.get().addTaskCompletionListener(context -> {
            loader.close();
            inputs.close();
            lease.close();
        });
        startingNanos = System.nanoTime() - start;
        queue = loader.images(refs);
    }

    /** Whether a task with the same images failed before: perhaps one of them killed its executor. */
    private static boolean isRetry() {
        return TaskContext.get().attemptNumber() > 0 || TaskContext.get().stageAttemptNumber() > 0;
    }

    /** Scores the images of the running task; what it holds is freed when the task ends. */
    public static PartitionScorer score(ScoringPlan plan, Iterator<ImageRef> refs) {
        return new PartitionScorer(plan, refs);
    }

    @Override
    public boolean hasNext() {
        while (!scored.hasNext() && queue.hasNext()) {
            long start = System.nanoTime();
            List<LoadedImage> images = queue.next(lease.batchSize().next());
            long loaded = System.nanoTime();
            scored = DeviceErrors.guard(() -> score(images)).iterator();
            loadingNanos += loaded - start;
            long took = System.nanoTime() - loaded;
            computingNanos += took;
            lease.batchSize().recordTime(images.size(), took);
        }
        return scored.hasNext();
    }

    @Override
    public ScoredImage next() {
        if (!hasNext()) {
            throw new java.util.NoSuchElementException();
        }
        return scored.next();
    }

    /** Nanoseconds until the network was there. */
    long startingNanos() {
        return startingNanos;
    }

    /** Nanoseconds spent waiting for images. */
    long loadingNanos() {
        return loadingNanos;
    }

    /** Nanoseconds spent in the network. */
    long computingNanos() {
        return computingNanos;
    }

    /** Images of a forward pass by now. */
    int batchSize() {
        return lease.batchSize().next();
    }

    private List<ScoredImage> score(List<LoadedImage> images) {
        List<LoadedImage> accepted =
                images.stream().filter(LoadedImage::accepted).toList();
        float[] logits = new float[0];
        float[] pool3 = logits;
        float[] pool4 = logits;
        if (!accepted.isEmpty()) {
            int size = plan.network().imageSize();
            try (NDManager manager = NDManager.newBaseManager(device);
                    NDArray input = manager.create(
                            inputs.of(accepted), new Shape(accepted.size(), 3, size, size), DataType.FLOAT32);
                    AttnVggOutput output = lease.network().score(input)) {
                logits = output.logits().toFloatArray(); // N
                pool3 = output.pool3().toFloatArray(); // N·S/8·S/8
                pool4 = output.pool4().toFloatArray(); // N·S/16·S/16
            }
        }
        List<ScoredImage> rows = new ArrayList<>();
        int n = 0;
        for (LoadedImage image : images) {
            if (image.accepted()) {
                rows.add(checked(image, logits[n], part(pool3, n, logits.length), part(pool4, n, logits.length)));
                n++;
            } else {
                rows.add(new ScoredImage(image, Float.NaN, null, null));
            }
        }
        return rows;
    }

    /** What the network says of an image, or a reject if that is no number. */
    private ScoredImage checked(LoadedImage image, float logit, float[] pool3, float[] pool4) {
        String what = !Float.isFinite(logit)
                ? "logit is " + logit
                : allFinite(pool3) && allFinite(pool4) ? null : "attention map has a value that is not finite";
        if (what == null) {
            return new ScoredImage(image, logit, pool3, pool4);
        }
        LoadedImage reject = new LoadedImage(
                image.ref(),
                image.file(),
                0,
                0,
                null,
                RejectReason.NOT_FINITE,
                "the network's " + what + " in " + plan.precision());
        return new ScoredImage(reject, Float.NaN, null, null);
    }

    private static boolean allFinite(float[] values) {
        boolean finite = true;
        for (float value : values) {
            finite &= Float.isFinite(value);
        }
        return finite;
    }

    private static float[] part(float[] values, int n, int count) {
        int length = values.length / count;
        return Arrays.copyOfRange(values, n * length, (n + 1) * length);
    }
}
