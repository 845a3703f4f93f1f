package org.attnvgg.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
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
        NetworkLayout layout = NetworkLayout.of(source.settings());
        Map<String, float[]> values = new FoldedWeights(layout, weights).values();
        if (source.precision() == Precision.BFLOAT16) {
            BalancedRounding.apply(layout, weights, values, source::tiled);
        }
        program = new LoadedProgram(source, device);
        this.weights = prepared(source, values, device);
        this.weights.attach(program.manager());
    }

    private static NDList prepared(NetworkProgram source, Map<String, float[]> values, Device device) {
        try (LoadedProgram preparation = new LoadedProgram("preparing " + source, source.preparation(), device)) {
            NDList tensors = new NDList();
            for (TensorSpec tensor : source.inputs()) {
                tensors.add(preparation.manager().create(values.get(tensor.name()), new Shape(tensor.dimensions())));
            }
            NDList prepared = preparation.run(tensors, false);
            prepared.detach();
            return prepared;
        }
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
