package org.attnvgg.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
import org.attnvgg.torchscript.ConvBlock;

/** A {@link ConvBlock} that libtorch runs that can be trained; whoever makes one closes it. */
interface TrainingBlock extends AutoCloseable {

    /** Runs it forward; what the way back needs belongs to the input's manager. */
    Pass forward(NDArray input);

    @Override
    void close();

    /** A block's forward pass, ready to go back. */
    interface Pass {

        /** The block's output, which autograd takes as a leaf once it is detached. */
        NDArray output();

        /**
         * Adds the gradients of the block's parameters to their sums, which are then complete, and frees what the pass has
         * kept.
         *
         * @param grad by the output; it is freed
         * @return the gradient by the input, which the caller frees; null for the first block
         */
        NDArray backward(NDArray grad, GradientCollector collector);
    }
}
