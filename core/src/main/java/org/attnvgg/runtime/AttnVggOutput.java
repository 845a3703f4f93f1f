package org.attnvgg.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * What the network says of a batch; closing it frees the arrays.
 *
 * @param logits N×1; its sigmoid is the probability of melanoma
 * @param pool3 attention N×1×S/8×S/8; each map sums to 1 with softmax attention
 * @param pool4 attention N×1×S/16×S/16
 */
public record AttnVggOutput(NDArray logits, NDArray pool3, NDArray pool4) implements AutoCloseable {

    /** What a script gave. */
    static AttnVggOutput of(NDList outputs) {
        return new AttnVggOutput(outputs.get(0), outputs.get(1), outputs.get(2));
    }

    @Override
    public void close() {
        logits.close();
        pool3.close();
        pool4.close();
    }
}
