package org.attnvgg.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/**
 * A trained network ready to score: batch norm folded away, weights resident on the device. Calls from several threads
 * are safe. Owns its native memory until it is closed.
 */
public final class ScoringNetwork implements AutoCloseable {

    private final ScriptModule module;
    private final NDList weights;

    /** Loads the weights onto the device. */
    public ScoringNetwork(NetworkSettings settings, Weights weights, Precision precision, Device device) {
        this(new NetworkScript(settings, precision, !device.isGpu()), weights, device);
    }

    /** Loads the weights that a script takes. */
    ScoringNetwork(NetworkScript script, Weights weights, Device device) {
        NDList packed = packed(script, weights, device);
        module = new ScriptModule(script.toString(), script.source(), device);
        packed.attach(module.manager());
        this.weights = packed;
    }

    /** The tensors that a script takes; the caller frees them. */
    static NDList packed(NetworkScript script, Weights weights, Device device) {
        try (ScriptModule packing =
                new ScriptModule("packing the weights of " + script, new WeightPacking(script).script(), device)) {
            NDList packed = packing.run(folded(script, weights, packing.manager()), false);
            packed.detach();
            return packed;
        }
    }

    /** The tensors that the packing takes, in the format of the network's parameters. */
    private static NDList folded(NetworkScript script, Weights weights, NDManager manager) {
        NetworkLayout layout = NetworkLayout.of(script.settings());
        BatchNormFolding folding = new BatchNormFolding(layout, weights);
        NDList tensors = new NDList();
        if (script.precision() == Precision.FLOAT64) {
            Map<String, double[]> values = folding.exactValues();
            script.tensors().forEach(tensor -> tensors.add(manager.create(values.get(tensor.name()), shape(tensor))));
            return tensors;
        }
        Map<String, float[]> values = folding.values();
        if (script.precision() == Precision.BFLOAT16) {
            BalancedRounding.apply(layout, weights, values, script::usesWinograd);
        }
        script.tensors().forEach(tensor -> tensors.add(manager.create(values.get(tensor.name()), shape(tensor))));
        return tensors;
    }

    private static Shape shape(TensorSpec tensor) {
        return new Shape(tensor.dimensions());
    }

    /** Scores N×3×S×S normalised images; the output belongs to the images' manager. */
    public AttnVggOutput score(NDArray images) {
        return AttnVggOutput.of(module.run(new NDList(images).addAll(weights), false));
    }

    @Override
    public void close() {
        module.close();
    }

    /** Writes the network as a TorchScript archive with its weights inside: input N×3×S×S float32, output as here. */
    public static void export(NetworkSettings settings, Weights weights, OutputStream out) throws IOException {
        NetworkScript script = new NetworkScript(settings, Precision.FLOAT32, false);
        BatchNormFolding folding = new BatchNormFolding(NetworkLayout.of(settings), weights);
        TorchScriptArchive.writeWithTensors(script, folding.values(), out);
    }
}
