package org.attnvgg.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Training passes on CPUs: autograd records the {@link AttentionHead} alone, and {@link BlockProgram}s bring the gradient on
 * through the convolutions. Holds the sums of those gradients, until they are cleared or it is closed.
 */
final class WrittenGradient implements AutoCloseable {

    private final NetworkSettings settings;
    private final Precision precision;
    private final NDManager manager;
    private final Function<TensorSpec, NDArray> parameters;
    private final Map<Boolean, TrainingPrograms> programs = new HashMap<>(); // by batchStatistics, loaded when wanted
    private final Map<TensorSpec, NDArray> sums = new HashMap<>();

    /**
     * Nothing yet.
     *
     * @param manager owns the sums
     * @param parameters the network's arrays as they are when a pass runs
     */
    WrittenGradient(
            NetworkSettings settings,
            Precision precision,
            NDManager manager,
            Function<TensorSpec, NDArray> parameters) {
        this.settings = settings;
        this.precision = precision;
        this.manager = manager;
        this.parameters = parameters;
    }

    /**
     * Runs the network forward; what the way back needs belongs to the images' manager.
     *
     * @param inputs the images, then, with dropout, the mask
     * @param batchStatistics whether batch norm takes the batch's statistics
     */
    RecordedPass run(NDList inputs, boolean batchStatistics) {
        TrainingPrograms loaded = programs.computeIfAbsent(
                batchStatistics, statistics -> TrainingPrograms.load(settings, precision, statistics));
        List<NDList> kept = new ArrayList<>(); // of each block: its output, and what else its backward program takes
        NDArray value = inputs.head();
        for (TrainingPrograms.Block block : loaded.blocks()) {
            NDList tensors = arrays(block.program().tensors());
            kept.add(block.forward().run(new NDList(value).addAll(tensors), false));
            value = kept.get(kept.size() - 1).head();
        }
        NDList pools = new NDList();
        for (NDList given : kept.subList(kept.size() - AttentionHead.POOLS.size(), kept.size())) {
            // A copy, because autograd refuses what was computed in libtorch's inference mode.
            NDArray pool = given.head().duplicate();
            pool.setRequiresGradient(true);
            pools.add(pool);
        }
        NDList ofHead = new NDList(pools);
        if (loaded.masked()) {
            ofHead.add(inputs.get(1));
        }
        ofHead.addAll(arrays(AttentionHead.tensors(settings)));
        AttnVggOutput output = AttnVggOutput.of(loaded.head().run(ofHead, true));
        return new RecordedPass(output, () -> backward(loaded.blocks(), inputs.head(), kept, pools));
    }

    /** Goes back block by block, and frees what each has kept. */
    private void backward(List<TrainingPrograms.Block> blocks, NDArray images, List<NDList> kept, NDList pools) {
        NDArray slope = null;
        for (int i = blocks.size() - 1; i >= 0; i--) {
            int pool = i - (blocks.size() - pools.size());
            if (pool >= 0) {
                slope = sum(slope, pools.get(pool).getGradient());
            }
            NDArray value = i == 0 ? images : kept.get(i - 1).head();
            slope = backward(blocks.get(i), slope, value, kept.get(i));
        }
        slope.close();
    }

    /** From the gradient by a block's output, which it frees, to that by its input. */
    private NDArray backward(TrainingPrograms.Block block, NDArray slope, NDArray value, NDList kept) {
        NDList tensors = arrays(block.program().tensors());
        NDList found =
                block.backward().run(new NDList(slope, value).addAll(kept).addAll(tensors), false);
        slope.close();
        kept.close();
        for (TensorSpec tensor : block.program().trainable()) {
            NDArray gradient = found.remove(1);
            gradient.attach(manager);
            sums.merge(tensor, gradient, WrittenGradient::sum);
        }
        return found.head();
    }

    /** Frees what it adds, the first of which may be null; in place libtorch adds to nothing from its inference mode. */
    private static NDArray sum(NDArray a, NDArray b) {
        if (a == null) {
            return b;
        }
        try (a;
                b) {
            return a.add(b);
        }
    }

    private NDList arrays(List<TensorSpec> tensors) {
        NDList arrays = new NDList();
        tensors.forEach(tensor -> arrays.add(parameters.apply(tensor)));
        return arrays;
    }

    /** The sum of a tensor's gradients; null if there are none, or autograd has them. */
    NDArray sum(TensorSpec tensor) {
        return sums.get(tensor);
    }

    /** Drops the sums. */
    void clear() {
        sums.values().forEach(NDArray::close);
        sums.clear();
    }

    @Override
    public void close() {
        clear();
        programs.values().forEach(TrainingPrograms::close);
    }
}
