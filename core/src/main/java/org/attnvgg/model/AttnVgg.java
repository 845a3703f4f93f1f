package org.attnvgg.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.attnvgg.model.NetworkProgram.Mode;

/**
 * AttnVGG as a DJL block: it owns the parameters, by the notebook's names and in its order, and computes by
 * {@link NetworkProgram}.
 *
 * <p>Call {@link #load} before the first forward pass, and again before every training step: it puts the weights in
 * place with no gradient attached, which a second backward pass would otherwise add to. Inputs are the images N×3×S×S,
 * then, while training with dropout, the mask N×F; outputs are those of {@link AttnVggOutput}. Not thread-safe: DJL has
 * one gradient collector in a JVM. Owns its native memory until it is closed.
 */
public final class AttnVgg extends AbstractBlock implements AutoCloseable {

    private static final byte VERSION = 1;

    private final NetworkSettings settings;
    private final NetworkLayout layout;
    private final NDManager manager;
    private final LoadedProgram training;
    private final LoadedProgram evaluation;

    /** A network without values on that device. */
    public AttnVgg(NetworkSettings settings, Precision precision, Device device) {
        super(VERSION);
        this.settings = settings;
        this.layout = NetworkLayout.of(settings);
        manager = NDManager.newBaseManager(device, TorchRuntime.engineName());
        training = new LoadedProgram(new NetworkProgram(settings, precision, Mode.TRAINING), device);
        evaluation = new LoadedProgram(new NetworkProgram(settings, precision, Mode.EVALUATION), device);
        for (TensorSpec tensor : layout.tensors()) {
            addParameter(Parameter.builder()
                    .setName(tensor.name())
                    .setType(type(tensor.role()))
                    .optShape(new Shape(tensor.dimensions()))
                    .optRequiresGrad(tensor.role().trainable())
                    .build());
        }
    }

    private static Parameter.Type type(TensorSpec.Role role) {
        return switch (role) {
            case CONV_WEIGHT, ATTENTION_WEIGHT, CLASSIFIER_WEIGHT -> Parameter.Type.WEIGHT;
            case CONV_BIAS, ATTENTION_BIAS, CLASSIFIER_BIAS -> Parameter.Type.BIAS;
            case NORM_WEIGHT -> Parameter.Type.GAMMA;
            case NORM_BIAS -> Parameter.Type.BETA;
            case RUNNING_MEAN -> Parameter.Type.RUNNING_MEAN;
            case RUNNING_VAR -> Parameter.Type.RUNNING_VAR;
        };
    }

    /** Which network this is. */
    public NetworkSettings settings() {
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

    /** Copies the weights in, and drops every gradient. */
    public void load(Weights weights) {
        weights.requireFits(layout);
        clear();
        for (TensorSpec tensor : layout.tensors()) {
            parameters
                    .get(tensor.name())
                    .setInitializer(
                            (owner, shape, type) -> owner.create(tensor.slice(weights.vectorOf(tensor)), shape));
        }
        initialize(manager, DataType.FLOAT32, new Shape(-1, 3, settings.imageSize(), settings.imageSize()));
        // DJL would pass arrays whose names hold a dot, as these do, to the program as one dictionary.
        parameters.values().forEach(parameter -> parameter.getArray().setName(null));
    }

    /** Copies the gradients since {@link #load} into a vector laid out as {@link Weights#trainable()}. */
    public void readGradients(float[] into) {
        for (TensorSpec tensor : layout.tensors()) {
            if (tensor.role().trainable()) {
                try (NDArray gradient = parameters.get(tensor.name()).getArray().getGradient()) {
                    copy(gradient, into, tensor.offset());
                }
            }
        }
    }

    /** Copies the running means and variances into a vector laid out as {@link Weights#statistics()}. */
    public void readStatistics(float[] into) {
        for (TensorSpec tensor : layout.tensors()) {
            if (!tensor.role().trainable()) {
                copy(parameters.get(tensor.name()).getArray(), into, tensor.offset());
            }
        }
    }

    private static void copy(NDArray from, float[] into, int offset) {
        from.toByteBuffer(true).asFloatBuffer().get(into, offset, Math.toIntExact(from.size()));
    }

    /** Training: batch norm by the batch's statistics, recorded for a backward pass. */
    public AttnVggOutput train(NDList inputs) {
        return training.run(withParameters(inputs), true);
    }

    /** Batch norm by the running statistics, recorded for a backward pass. */
    public AttnVggOutput trainWithRunningStatistics(NDList inputs) {
        return evaluation.run(withParameters(inputs), true);
    }

    /** Batch norm by the running statistics, without a backward pass. */
    public AttnVggOutput evaluate(NDList inputs) {
        return evaluation.run(withParameters(inputs), false);
    }

    private NDList withParameters(NDList inputs) {
        NDList all = new NDList(inputs);
        for (TensorSpec tensor : layout.tensors()) {
            all.add(parameters.get(tensor.name()).getArray());
        }
        return all;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore, NDList inputs, boolean asTraining, PairList<String, Object> params) {
        AttnVggOutput output = asTraining ? train(inputs) : evaluate(inputs);
        return new NDList(output.logits(), output.pool3(), output.pool4());
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        long n = inputShapes[0].get(0);
        return new Shape[] {
            new Shape(n, 1),
            new Shape(n, 1, settings.pool3Size(), settings.pool3Size()),
            new Shape(n, 1, settings.pool4Size(), settings.pool4Size())
        };
    }

    @Override
    public void close() {
        clear();
        training.close();
        evaluation.close();
        manager.close();
    }
}
