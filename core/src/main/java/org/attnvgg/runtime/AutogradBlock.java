package org.attnvgg.runtime;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.GradientCollector;
import org.attnvgg.torchscript.ConvBlock;

/** A block whose gradient autograd finds, in a graph of its own: for GPUs. */
final class AutogradBlock implements TrainingBlock {

    private final ConvBlock block;
    private final Parameters parameters;
    private final ScriptModule forward;
    private final ScriptModule product;

    AutogradBlock(ConvBlock block, Parameters parameters, Device device) {
        this.block = block;
        this.parameters = parameters;
        forward = new ScriptModule("forward of " + block, block.script(), device);
        product = new ScriptModule("backward of " + block, block.productScript(), device);
    }

    @Override
    public Pass forward(NDArray input) {
        NDArray leaf = input.stopGradient(); // in the input's memory
        leaf.setRequiresGradient(block.number() > 1);
        NDList given = forward.run(new NDList(leaf).addAll(parameters.arrays(block.tensors())), true);
        NDArray output = given.remove(0);
        given.close(); // the graph holds what it needs
        return new AutogradPass(leaf, output);
    }

    private final class AutogradPass implements Pass {

        private final NDArray input;
        private final NDArray output;

        AutogradPass(NDArray input, NDArray output) {
            this.input = input;
            this.output = output;
        }

        @Override
        public NDArray output() {
            return output;
        }

        @Override
        public NDArray backward(NDArray grad, GradientCollector collector) {
            try (grad;
                    input;
                    output;
                    NDArray start = product.run(new NDList(output, grad), true).head()) {
                collector.backward(start);
                return block.number() == 1 ? null : input.getGradient();
            }
        }
    }

    @Override
    public void close() {
        forward.close();
        product.close();
    }
}
