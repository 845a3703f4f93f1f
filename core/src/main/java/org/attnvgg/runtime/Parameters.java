package org.attnvgg.runtime;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;

/** The tensors of a network in training, on its device, and the sums of their gradients. */
final class Parameters {

    private final NDManager manager;
    private final NetworkLayout layout;
    private final DataType format;
    private final ByteBuffer statistics; // the running statistics' own memory
    private final Map<TensorSpec, NDArray> arrays = new LinkedHashMap<>();
    private final Map<TensorSpec, NDArray> sums = new HashMap<>(); // of gradients that autograd does not hold

    /** No values yet; what is loaded belongs to the manager. */
    Parameters(NDManager manager, NetworkLayout layout, DataType format) {
        this.manager = manager;
        this.layout = layout;
        this.format = format;
        statistics = ByteBuffer.allocateDirect(layout.statisticsSize() * Float.BYTES);
    }

    /** Puts weights in place, and drops every gradient: see {@link TrainingNetwork#load}. */
    void load(WeightsBuffer weights) {
        if (weights.layout().trainableSize() != layout.trainableSize()) {
            throw new IllegalArgumentException("weights of %,d parameters; the network has %,d"
                    .formatted(weights.layout().trainableSize(), layout.trainableSize()));
        }
        arrays.values().forEach(NDArray::close);
        sums.values().forEach(NDArray::close);
        sums.clear();
        for (TensorSpec tensor : layout.tensors()) {
            boolean trainable = tensor.role().trainable();
            ByteBuffer values = weights.slice(tensor);
            NDArray array = array(trainable ? values : copy(tensor, values), new Shape(tensor.dimensions()));
            array.setRequiresGradient(trainable);
            arrays.put(tensor, array);
        }
    }

    /** An array over these float32 values, or, if parameters have another format, a copy of them. */
    private NDArray array(ByteBuffer values, Shape shape) {
        NDArray array = manager.create(values, shape, DataType.FLOAT32);
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

    /** The arrays of those tensors. */
    NDList arrays(List<TensorSpec> tensors) {
        NDList found = new NDList();
        tensors.forEach(tensor -> found.add(arrays.get(tensor)));
        return found;
    }

    /** Takes a gradient that autograd knows nothing of; it is freed with the sum. */
    void addGradient(TensorSpec tensor, NDArray gradient) {
        gradient.attach(manager);
        sums.merge(tensor, gradient, Parameters::sum);
    }

    /** A sum, which frees what it adds: in place libtorch adds to nothing from its inference mode. */
    static NDArray sum(NDArray a, NDArray b) {
        try (a;
                b) {
            return a.add(b);
        }
    }

    /** Shows the gradients since {@link #load}, tensor by tensor, in views that are valid during the call only. */
    void readGradients(BiConsumer<TensorSpec, FloatBuffer> reader) {
        for (TensorSpec tensor : layout.tensors()) {
            if (sums.containsKey(tensor)) {
                read(tensor, sums.get(tensor), reader);
            } else if (tensor.role().trainable()) {
                try (NDArray gradient = arrays.get(tensor).getGradient()) {
                    read(tensor, gradient, reader);
                }
            }
        }
    }

    /** Shows the running means and variances in the same way. */
    void readStatistics(BiConsumer<TensorSpec, FloatBuffer> reader) {
        for (TensorSpec tensor : layout.tensors()) {
            if (!tensor.role().trainable()) {
                read(tensor, arrays.get(tensor), reader);
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
}
