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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.BiConsumer;
import org.attnvgg.model.NetworkProgram.Mode;

/**
 * AttnVGG as a DJL block: it owns the parameters, by the notebook's names and in its order, and computes by
 * {@link NetworkProgram}, under autograd like any block. {@link #train} does the same; on CPUs it brings the gradient
 * through the convolutions itself, which is quicker.
 *
 * <p>Call {@link #load} before the first forward pass, and again before every training step: it puts the weights in
 * place with no gradient attached, which a second backward pass would otherwise add to. Inputs are the images N×3×S×S,
 * then, while training with dropout, the mask N×F; outputs are those of {@link AttnVggOutput}. Not thread-safe: DJL has
 * one gradient collector in a JVM. Owns its native memory until it is closed.
 */
public final class AttnVgg extends AbstractBlock implements AutoCloseable {

    private static final byte VERSION = 1;

    private final NetworkSettings settings;
    private final DataType format; // of the parameters
    private final NetworkLayout layout;
    private final NDManager manager;
    private final ByteBuffer statistics; // the running statistics' own memory
    private final LoadedProgram training;
    private final LoadedProgram evaluation;
    private final WrittenGradient written; // null on GPUs, whose convolutions are quick under autograd

    /** A network without values on that device. */
    public AttnVgg(NetworkSettings settings, Precision precision, Device device) {
        super(VERSION);
        this.settings = settings;
        this.format = precision.wide();
        this.layout = NetworkLayout.of(settings);
        statistics = ByteBuffer.allocateDirect(layout.statisticsSize() * Float.BYTES);
        manager = NDManager.newBaseManager(device, TorchRuntime.engineName());
        training = new LoadedProgram(new NetworkProgram(settings, precision, Mode.TRAINING), device);
        evaluation = new LoadedProgram(new NetworkProgram(settings, precision, Mode.EVALUATION), device);
        written = device.isGpu() ? null : new WrittenGradient(settings, precision, manager, this::array);
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

    /**
     * Puts weights in place, and drops every gradient. On the CPU the trained parameters alias the buffer, which must
     * keep its content until the next call; the running statistics, which a forward pass may change, are copies.
     */
    public void load(WeightsBuffer weights) {
        if (weights.layout().trainableSize() != layout.trainableSize()) {
            throw new IllegalArgumentException("weights of %,d parameters; the network has %,d"
                    .formatted(weights.layout().trainableSize(), layout.trainableSize()));
        }
        clear();
        if (written != null) {
            written.clear();
        }
        for (TensorSpec tensor : layout.tensors()) {
            ByteBuffer values = weights.slice(tensor);
            ByteBuffer own = tensor.role().trainable() ? values : copy(tensor, values);
            parameters.get(tensor.name()).setInitializer((owner, shape, type) -> parameter(owner, own, shape));
        }
        initialize(manager, format, new Shape(-1, 3, settings.imageSize(), settings.imageSize()));
        // DJL would pass arrays whose names hold a dot, as these do, to the program as one dictionary.
        parameters.values().forEach(parameter -> parameter.getArray().setName(null));
    }

    /** An array over these float32 values, or, if parameters have another format, a copy of them. */
    private NDArray parameter(NDManager owner, ByteBuffer values, Shape shape) {
        NDArray array = owner.create(values, shape, DataType.FLOAT32);
        if (format == DataType.FLOAT32) {
            return array;
        }
        try (array) {
            return array.toType(format, true);
        }
    }

    private ByteBuffer copy(TensorSpec tensor, ByteBuffer values) {
        return statistics
                .slice(tensor.offset() * Float.BYTES, values.remaining())
                .order(ByteOrder.nativeOrder())
                .put(values)
                .flip();
    }

    /** Shows the gradients since {@link #load}, tensor by tensor, in views that are valid during the call only. */
    public void readGradients(BiConsumer<TensorSpec, FloatBuffer> reader) {
        for (TensorSpec tensor : layout.tensors()) {
            if (tensor.role().trainable()) {
                NDArray sum = written == null ? null : written.sum(tensor);
                if (sum != null) {
                    read(tensor, sum, reader);
                } else {
                    try (NDArray gradient = array(tensor).getGradient()) {
                        read(tensor, gradient, reader);
                    }
                }
            }
        }
    }

    /** Shows the running means and variances likewise. */
    public void readStatistics(BiConsumer<TensorSpec, FloatBuffer> reader) {
        for (TensorSpec tensor : layout.tensors()) {
            if (!tensor.role().trainable()) {
                read(tensor, array(tensor), reader);
            }
        }
    }

    private static void read(TensorSpec tensor, NDArray values, BiConsumer<TensorSpec, FloatBuffer> reader) {
        if (values.getDevice().isGpu()) {
            try (NDArray host = values.toDevice(Device.cpu(), true)) {
                read(tensor, host, reader);
            }
        } else if (values.getDataType() != DataType.FLOAT32) {
            try (NDArray narrowed = values.toType(DataType.FLOAT32, true)) {
                read(tensor, narrowed, reader);
            }
        } else {
            reader.accept(tensor, values.toByteBuffer(true).asFloatBuffer());
        }
    }

    /** Training: batch norm by the batch's statistics, recorded for a backward pass. */
    public RecordedPass train(NDList inputs) {
        return written == null ? recorded(training, inputs) : written.run(inputs, true);
    }

    /** Batch norm by the running statistics, recorded for a backward pass. */
    public RecordedPass trainWithRunningStatistics(NDList inputs) {
        return written == null ? recorded(evaluation, inputs) : written.run(inputs, false);
    }

    /** Recorded by autograd as a whole. */
    private RecordedPass recorded(LoadedProgram program, NDList inputs) {
        return new RecordedPass(AttnVggOutput.of(program.run(withParameters(inputs), true)), () -> {});
    }

    private NDArray array(TensorSpec tensor) {
        return parameters.get(tensor.name()).getArray();
    }

    /** Batch norm by the running statistics, without a backward pass. */
    public AttnVggOutput evaluate(NDList inputs) {
        return AttnVggOutput.of(evaluation.run(withParameters(inputs), false));
    }

    private NDList withParameters(NDList inputs) {
        NDList all = new NDList(inputs);
        for (TensorSpec tensor : layout.tensors()) {
            all.add(array(tensor));
        }
        return all;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore, NDList inputs, boolean asTraining, PairList<String, Object> params) {
        AttnVggOutput output = asTraining ? recorded(training, inputs).output() : evaluate(inputs);
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
        if (written != null) {
            written.close();
        }
        manager.close();
    }
}
