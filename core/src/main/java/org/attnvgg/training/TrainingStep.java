package org.attnvgg.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.Iterator;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.runtime.ForwardPass;
import org.attnvgg.runtime.TrainingNetwork;
import org.attnvgg.runtime.WeightsBuffer;

/**
 * Forward and backward of a shard's mini-batches. Only one step may run in a JVM at a time, because DJL has one gradient
 * collector; frees all native memory of the step before it returns.
 */
public final class TrainingStep {

    private final TrainingNetwork network;
    private final FocalLoss loss;
    private final GradientCodec format;

    /** Steps of a network, which the caller closes. */
    public TrainingStep(TrainingNetwork network, FocalLoss loss, GradientCodec format) {
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
    public ShardGradient run(WeightsBuffer weights, Iterator<Batch> batches, ByteBuffer into) {
        network.load(weights);
        int examples = 0;
        double lossSum = 0;
        while (batches.hasNext()) {
            Batch batch = batches.next();
            if (batch.size() > 0) {
                examples += batch.size();
                lossSum += backward(batch);
            }
        }
        if (examples > 0) {
            format.write(network, into);
        }
        return new ShardGradient(examples, lossSum, into);
    }

    /** Adds a batch's gradient to what the parameters hold, and gives the sum of its losses. */
    private double backward(Batch batch) {
        try (NDManager manager = network.manager().newSubManager();
                ForwardPass pass = network.forward(inputs(manager, batch))) {
            float[] logits = pass.output().logits().toFloatArray();
            double lossSum = 0;
            float[] grads = new float[logits.length];
            for (int i = 0; i < logits.length; i++) {
                // The loss of an infinite logit may be 0; the network has failed all the same.
                lossSum += Float.isFinite(logits[i]) ? loss.loss(logits[i], batch.targets()[i]) : Double.NaN;
                grads[i] = (float) loss.gradient(logits[i], batch.targets()[i]);
            }
            pass.backward(grads);
            return lossSum;
        }
    }

    private NDList inputs(NDManager manager, Batch batch) {
        NetworkConfig settings = network.settings();
        int size = settings.imageSize();
        NDArray images = manager.create(batch.pixels(), new Shape(batch.size(), 3, size, size), DataType.FLOAT32);
        NDList inputs = new NDList(images);
        if (settings.dropout() > 0) {
            float[] mask = batch.dropoutMask(settings); // N×F
            inputs.add(manager.create(mask, new Shape(batch.size(), mask.length / batch.size())));
        }
        return inputs;
    }
}
