package org.attnvgg.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.attnvgg.model.NetworkProgram.Mode;

/**
 * A trained network ready to score: batch norm folded away, weights resident on the device. Calls from several threads
 * are safe. Owns its native memory until it is closed.
 */
public final class ScoringNetwork implements AutoCloseable {

    private final LoadedProgram program;
    private final NDList weights;

    /** Loads the weights onto the device. */
    public ScoringNetwork(NetworkSettings settings, Weights weights, Precision precision, Device device) {
        this(
                new NetworkProgram(settings, precision, device.isGpu() ? Mode.PREPARED : Mode.PREPARED_FOR_CPU),
                weights,
                device);
    }

    /** Loads the weights that a program wants prepared. */
    ScoringNetwork(NetworkProgram source, Weights weights, Device device) {
        NDList prepared = prepared(source, weights, device);
        program = new LoadedProgram(source, device);
        prepared.attach(program.manager());
        this.weights = prepared;
    }

    private static NDList prepared(NetworkProgram source, Weights weights, Device device) {
        try (LoadedProgram preparation = new LoadedProgram("preparing " + source, source.preparation(), device)) {
            NDList tensors = folded(source, weights, preparation.manager());
            NDList prepared = preparation.run(tensors, false);
            prepared.detach();
            return prepared;
        }
    }

    /** The tensors that the preparation takes, in the format of the network's parameters. */
    private static NDList folded(NetworkProgram source, Weights weights, NDManager manager) {
        NetworkLayout layout = NetworkLayout.of(source.settings());
        FoldedWeights folded = new FoldedWeights(layout, weights);
        NDList tensors = new NDList();
        if (source.precision() == Precision.FLOAT64) {
            Map<String, double[]> values = folded.exactValues();
            source.inputs().forEach(tensor -> tensors.add(manager.create(values.get(tensor.name()), shape(tensor))));
            return tensors;
        }
        Map<String, float[]> values = folded.values();
        if (source.precision() == Precision.BFLOAT16) {
            BalancedRounding.apply(layout, weights, values, source::tiled);
        }
        source.inputs().forEach(tensor -> tensors.add(manager.create(values.get(tensor.name()), shape(tensor))));
        return tensors;
    }

    private static Shape shape(TensorSpec tensor) {
        return new Shape(tensor.dimensions());
    }

    /** Scores N×3×S×S normalised images; the output belongs to the images' manager. */
    public AttnVggOutput score(NDArray images) {
        return AttnVggOutput.of(program.run(new NDList(images).addAll(weights), false));
    }

    @Override
    public void close() {
        program.close();
    }

    /** Writes the network as a TorchScript archive with its weights inside: input N×3×S×S float32, output as here. */
    public static void export(NetworkSettings settings, Weights weights, OutputStream out) throws IOException {
        NetworkProgram source = new NetworkProgram(settings, Precision.FLOAT32, Mode.FOLDED);
        TorchScriptArchive.writeWithTensors(
                source, new FoldedWeights(NetworkLayout.of(settings), weights).values(), out);
    }
}
