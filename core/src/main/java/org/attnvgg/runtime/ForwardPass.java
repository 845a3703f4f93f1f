package org.attnvgg.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.List;

/**
 * A forward pass of a network in training, ready to go back once. While it is open no other may be in this JVM, because DJL
 * has one gradient collector.
 */
public final class ForwardPass implements AutoCloseable {

    private final GradientCollector collector;
    private final List<TrainingBlock.Pass> blocks;
    private final NDList pools;
    private final AttnVggOutput output;

    /**
     * A pass that was recorded.
     *
     * @param blocks from the images on
     * @param pools the leaves that the head's gradients come to: of the last blocks' outputs, in order
     */
    ForwardPass(GradientCollector collector, List<TrainingBlock.Pass> blocks, NDList pools, AttnVggOutput output) {
        this.collector = collector;
        this.blocks = blocks;
        this.pools = pools;
        this.output = output;
    }

    /** What the network says; it belongs to the images' manager. */
    public AttnVggOutput output() {
        return output;
    }

    /**
     * Adds the gradients of all parameters to their sums: first the head's, then those of the blocks from the last to the
     * first. A block's are complete before the one before it begins.
     *
     * @param logitGrads the loss's derivative by each logit
     */
    public void backward(float[] logitGrads) {
        NDArray logits = output.logits();
        // d(Σ logitᵢ·gᵢ)/d(logitᵢ) = gᵢ: autograd starts from the loss's own derivative.
        collector.backward(logits.mul(logits.getManager().create(logitGrads, new Shape(logitGrads.length, 1))));
        NDArray grad = null;
        for (int i = blocks.size() - 1; i >= 0; i--) {
            int pool = i - (blocks.size() - pools.size());
            if (pool >= 0) {
                NDArray ofHead = pools.get(pool).getGradient();
                grad = grad == null ? ofHead : Parameters.sum(grad, ofHead);
            }
            grad = blocks.get(i).backward(grad, collector);
        }
    }

    @Override
    public void close() {
        collector.close();
    }
}
