package org.attnvgg.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import org.attnvgg.model.AttnVgg;
import org.attnvgg.model.AttnVggOutput;
import org.attnvgg.model.NetworkSettings;
import org.attnvgg.model.Weights;

/**
 * Forward and backward of one mini-batch. Only one step may run in a JVM at a time, because DJL has one gradient
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

    /** Steps of a network, which the caller closes. */
    public TrainingStep(AttnVgg network, FocalLoss loss) {
        this.network = network;
        this.loss = loss;
    }

    /** The gradient of the batch's mean loss at these weights, which are left as they are. */
    public ShardGradient run(Weights weights, Batch batch, BatchNorm batchNorm) {
        network.load(weights);
        boolean training = batchNorm == BatchNorm.BATCH_STATISTICS;
        try (NDManager manager = network.manager().newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDList inputs = inputs(manager, batch, training);
            AttnVggOutput output = training ? network.train(inputs) : network.trainWithRunningStatistics(inputs);
            float[] logits = output.logits().toFloatArray();
            double lossSum = 0;
            float[] gradients = new float[logits.length];
            for (int i = 0; i < logits.length; i++) {
                lossSum += loss.loss(logits[i], batch.targets()[i]);
                gradients[i] = (float) (loss.gradient(logits[i], batch.targets()[i]) / batch.size());
            }
            // d(Σ logitᵢ·gᵢ)/d(logitᵢ) = gᵢ: autograd starts from the loss's own derivative.
            NDArray seeded = output.logits().mul(manager.create(gradients, new Shape(logits.length, 1)));
            collector.backward(seeded);
            return result(batch.size(), lossSum);
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

    private ShardGradient result(int examples, double lossSum) {
        float[] gradient = new float[network.layout().trainableSize()];
        float[] statistics = new float[network.layout().statisticsSize()];
        network.readGradients(gradient);
        network.readStatistics(statistics);
        return new ShardGradient(examples, lossSum, gradient, statistics);
    }
}
