package org.attnvgg.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.nio.ByteBuffer;
import java.util.Iterator;
import org.attnvgg.model.AttnVgg;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.RecordedPass;
import org.attnvgg.model.WeightsBuffer;

/**
 * Forward and backward of a shard's mini-batches. Only one step may run in a JVM at a time, because DJL has one gradient
 * collector; frees all native memory of the step before it returns.
 */
public final class TrainingStep {

    /** How batch norm takes its statistics. */
    public enum BatchNorm {
        /** From the batch, moving the running statistics: training. */
        BATCH_STATISTICS,
        /** From the running statistics, which stay: the gradient is then a sum over examples. */
        RUNNING_STATISTICS
    }

    private final AttnVgg network;
    private final FocalLoss loss;
    private final GradientFormat format;

    /** Steps of a network, which the caller closes. */
    public TrainingStep(AttnVgg network, FocalLoss loss, GradientFormat format) {
        this.network = network;
        this.loss = loss;
        this.format = format;
    }

    /**
     * The gradient of the summed loss of all batches at these weights, which are left as they are; the running statistics
     * go from batch to batch. Batches are taken one by one, each when the one before is done; empty ones do not count.
     *
     * @param into where to write gradient and statistics
     */
    public ShardGradient run(WeightsBuffer weights, Iterator<Batch> batches, BatchNorm batchNorm, ByteBuffer into) {
        network.load(weights);
        int examples = 0;
        double lossSum = 0;
        while (batches.hasNext()) {
            Batch batch = batches.next();
            if (batch.size() > 0) {
                examples += batch.size();
                lossSum += backward(batch, batchNorm == BatchNorm.BATCH_STATISTICS);
            }
        }
        if (examples > 0) {
            format.write(network, into);
        }
        return new ShardGradient(examples, lossSum, into);
    }

    /** Adds a batch's gradient to what the parameters hold, and gives the sum of its losses. */
    private double backward(Batch batch, boolean training) {
        try (NDManager manager = network.manager().newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDList inputs = inputs(manager, batch, training);
            RecordedPass pass = training ? network.train(inputs) : network.trainWithRunningStatistics(inputs);
            float[] logits = pass.output().logits().toFloatArray();
            double lossSum = 0;
            float[] gradients = new float[logits.length];
            for (int i = 0; i < logits.length; i++) {
                // The loss of an infinite logit may be 0; the network has failed all the same.
                lossSum += Float.isFinite(logits[i]) ? loss.loss(logits[i], batch.targets()[i]) : Double.NaN;
                gradients[i] = (float) loss.gradient(logits[i], batch.targets()[i]);
            }
            // d(Σ logitᵢ·gᵢ)/d(logitᵢ) = gᵢ: autograd starts from the loss's own derivative.
            NDArray seeded = pass.output().logits().mul(manager.create(gradients, new Shape(logits.length, 1)));
            collector.backward(seeded);
            pass.rest().run();
            return lossSum;
        }
    }

    private NDList inputs(NDManager manager, Batch batch, boolean training) {
        NetworkSettings settings = network.settings();
        int size = settings.imageSize();
        NDArray images = manager.create(batch.pixels(), new Shape(batch.size(), 3, size, size), DataType.FLOAT32);
        NDList inputs = new NDList(images);
        if (training && settings.dropout() > 0) {
            float[] mask = batch.dropoutMask(settings); // N×F
            inputs.add(manager.create(mask, new Shape(batch.size(), mask.length / batch.size())));
        }
        return inputs;
    }
}
