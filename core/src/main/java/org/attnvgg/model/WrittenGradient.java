package org.attnvgg.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Training passes on CPUs: autograd records the {@link AttentionHead} alone, and {@link BlockProgram}s bring the gradient on
 * through the convolutions.
 */
final class WrittenGradient implements AutoCloseable {

    private final List<Block> blocks = new ArrayList<>();
    private final NetworkSettings settings;
    private final boolean masked;
    private final LoadedProgram head;

    /** Loads the programs; with {@code masked}, passes take a dropout mask. */
    WrittenGradient(NetworkSettings settings, Precision precision, boolean batchStatistics, boolean masked) {
        this.settings = settings;
        this.masked = masked;
        for (int i = 1; i <= BlockProgram.COUNT; i++) {
            blocks.add(new Block(new BlockProgram(settings, precision, batchStatistics, i)));
        }
        String source = AttentionHead.program(settings, precision, masked);
        head = new LoadedProgram("the head of " + settings, source, Device.cpu());
    }

    private static final class Block {

        private final BlockProgram program;
        private final LoadedProgram forward;
        private final LoadedProgram backward;

        Block(BlockProgram program) {
            this.program = program;
            forward = new LoadedProgram("forward of " + program, program.forward(), Device.cpu());
            backward = new LoadedProgram("backward of " + program, program.backward(), Device.cpu());
        }
    }

    /**
     * Runs the network forward.
     *
     * @param inputs the images, then, if so, the mask; what the pass needs belongs to the images' manager
     * @param parameters the network's arrays by tensor
     * @param gradients takes the gradients of the blocks' tensors
     */
    RecordedPass run(
            NDList inputs, Function<TensorSpec, NDArray> parameters, BiConsumer<TensorSpec, NDArray> gradients) {
        List<NDList> kept = new ArrayList<>(); // of each block: its output, and what else its backward program takes
        NDArray value = inputs.head();
        for (Block block : blocks) {
            NDList tensors = arrays(block.program.tensors(), parameters);
            kept.add(block.forward.run(new NDList(value).addAll(tensors), false));
            value = kept.get(kept.size() - 1).head();
        }
        NDList pools = new NDList();
        for (int i = blocks.size() - AttentionHead.POOLS.size(); i < blocks.size(); i++) {
            // A copy, because autograd refuses what was computed in libtorch's inference mode.
            NDArray pool = kept.get(i).head().duplicate();
            pool.setRequiresGradient(true);
            pools.add(pool);
        }
        NDList ofHead = new NDList(pools);
        if (masked) {
            ofHead.add(inputs.get(1));
        }
        ofHead.addAll(arrays(AttentionHead.tensors(settings), parameters));
        AttnVggOutput output = AttnVggOutput.of(head.run(ofHead, true));
        return new RecordedPass(output, () -> backward(inputs.head(), kept, pools, parameters, gradients));
    }

    /** Goes back block by block, and frees what each has kept. */
    private void backward(
            NDArray images,
            List<NDList> kept,
            NDList pools,
            Function<TensorSpec, NDArray> parameters,
            BiConsumer<TensorSpec, NDArray> gradients) {
        NDArray slope = null;
        for (int i = blocks.size() - 1; i >= 0; i--) {
            int pool = i - (blocks.size() - pools.size());
            if (pool >= 0) {
                NDArray ofHead = pools.get(pool).getGradient();
                slope = slope == null ? ofHead : slope.add(ofHead);
            }
            BlockProgram program = blocks.get(i).program;
            NDArray value = i == 0 ? images : kept.get(i - 1).head();
            NDList inputs = new NDList(slope, value).addAll(kept.get(i)).addAll(arrays(program.tensors(), parameters));
            NDList found = blocks.get(i).backward.run(inputs, false);
            slope.close();
            kept.get(i).close();
            slope = found.remove(0);
            for (TensorSpec tensor : program.trainable()) {
                gradients.accept(tensor, found.remove(0));
            }
        }
        slope.close();
    }

    private static NDList arrays(List<TensorSpec> tensors, Function<TensorSpec, NDArray> parameters) {
        NDList arrays = new NDList();
        tensors.forEach(tensor -> arrays.add(parameters.apply(tensor)));
        return arrays;
    }

    @Override
    public void close() {
        for (Block block : blocks) {
            block.forward.close();
            block.backward.close();
        }
        head.close();
    }
}
