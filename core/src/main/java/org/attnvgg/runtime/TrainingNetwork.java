package org.attnvgg.runtime;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.torchscript.AttentionHead;
import org.attnvgg.torchscript.ConvBlock;
import org.attnvgg.torchscript.ConvBlock.Use;
import org.attnvgg.torchscript.ConvBlockGradient;
import org.attnvgg.torchscript.Precision;

/**
 * A network in training: it holds the parameters, by the notebook's names and in its order, and goes forward and back block
 * by block, each in a graph of its own.
 *
 * <p>Call {@link #load} before the first forward pass, and again before every training step: it puts the weights in place
 * with no gradient attached, which a second backward pass would otherwise add to. Not thread-safe. Owns its native memory
 * until it is closed.
 */
public final class TrainingNetwork implements AutoCloseable {

    /** How gradients come through the convolutions. */
    public enum BlockGradient {
        /** By {@link ConvBlockGradient}: quicker on CPUs. */
        WRITTEN,
        /** By libtorch's autograd: for GPUs, on which its convolutions are quick. */
        AUTOGRAD
    }

    private final NetworkConfig settings;
    private final NetworkLayout layout;
    private final NDManager manager;
    private final Parameters parameters;
    private final List<TrainingBlock> blocks;
    private final ScriptModule head;

    /** A network without values on that device, with the gradient that suits it. */
    public TrainingNetwork(NetworkConfig settings, Precision precision, Device device) {
        this(settings, precision, device, device.isGpu() ? BlockGradient.AUTOGRAD : BlockGradient.WRITTEN);
    }

    /** A network without values on that device. */
    public TrainingNetwork(NetworkConfig settings, Precision precision, Device device, BlockGradient gradient) {
        this.settings = settings;
        this.layout = NetworkLayout.of(settings);
        manager = NDManager.newBaseManager(device, TorchEngine.engineName());
        parameters = new Parameters(manager, layout, precision.wide());
        boolean autograd = gradient == BlockGradient.AUTOGRAD;
        blocks = ConvBlock.all(settings, precision, Use.TRAINING).stream()
                .map(block -> autograd
                        ? new AutogradBlock(block, parameters, device)
                        : new WrittenBlock(block, parameters, device))
                .toList();
        String script = AttentionHead.script(settings, precision, settings.dropout() > 0, autograd);
        head = new ScriptModule("the head of " + settings, script, device);
    }

    /** Which network this is. */
    public NetworkConfig settings() {
        return settings;
    }

    /** The tensors of this network. */
    public NetworkLayout layout() {
        return layout;
    }

    /** The manager whose arrays live as long as this network; work in sub-managers of it. */
    public NDManager manager() {
        return manager;
    }

    /**
     * Puts weights in place, and drops every gradient. On the CPU the trained parameters alias the buffer, which must
     * keep its content until the next call; the running statistics, which a forward pass may change, are copies.
     */
    public void load(WeightsBuffer weights) {
        parameters.load(weights);
    }

    /** Shows the gradients since {@link #load}, tensor by tensor, in views that are valid during the call only. */
    public void readGradients(BiConsumer<TensorSpec, FloatBuffer> reader) {
        parameters.readGradients(reader);
    }

    /** Shows the running means and variances in the same way. */
    public void readStatistics(BiConsumer<TensorSpec, FloatBuffer> reader) {
        parameters.readStatistics(reader);
    }

    /**
     * Runs the network forward, with the batch's own statistics for batch norm, which also move the running ones. Close the
     * pass before the manager of the inputs, to which everything of it belongs.
     *
     * @param inputs the images N×3×S×S, then, with dropout, the mask N×F of the features: 0 for dropped ones and 1 / (1 - p)
     *     for the others
     */
    public ForwardPass forward(NDList inputs) {
        GradientCollector collector = Engine.getEngine(TorchEngine.engineName()).newGradientCollector();
        try {
            return forward(inputs, collector);
        } catch (RuntimeException | Error e) {
            collector.close();
            throw e;
        }
    }

    private ForwardPass forward(NDList inputs, GradientCollector collector) {
        List<TrainingBlock.Pass> passes = new ArrayList<>();
        NDArray value = inputs.head();
        for (TrainingBlock block : blocks) {
            passes.add(block.forward(value));
            value = passes.get(passes.size() - 1).output();
        }
        NDList pools = new NDList();
        int first = passes.size() - AttentionHead.POOLS.size();
        passes.subList(first, passes.size()).forEach(pass -> pools.add(leaf(pass.output())));
        NDList taken = new NDList(pools).addAll(inputs.subNDList(1));
        taken.addAll(parameters.arrays(AttentionHead.tensors(settings)));
        return new ForwardPass(collector, passes, pools, AttnVggOutput.of(head.run(taken, true)));
    }

    /** A copy, at which a graph begins: autograd refuses what was computed in libtorch's inference mode. */
    private static NDArray leaf(NDArray pool) {
        try (NDArray detached = pool.stopGradient()) {
            NDArray copy = detached.duplicate();
            copy.setRequiresGradient(true);
            return copy;
        }
    }

    @Override
    public void close() {
        blocks.forEach(TrainingBlock::close);
        head.close();
        manager.close();
    }
}
