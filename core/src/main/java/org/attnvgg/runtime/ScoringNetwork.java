package org.attnvgg.runtime;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.Weights;
import org.attnvgg.torchscript.NetworkScript;
import org.attnvgg.torchscript.Precision;
import org.attnvgg.torchscript.WeightPacking;

/**
 * A trained network ready to score: batch norm folded away, weights resident on the device. Calls from several threads
 * are safe. Owns its native memory until it is closed.
 */
public final class ScoringNetwork implements AutoCloseable {

    private final ScriptModule module;
    private final NDList weights;

    /** Loads the weights onto the device. */
    public ScoringNetwork(NetworkConfig settings, Weights weights, Precision precision, Device device) {
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
        WeightPacking packing = new WeightPacking(script);
        try (ScriptModule module = new ScriptModule(packing.toString(), packing.script(), device)) {
            NDList packed = module.run(packing.tensors(weights, module.manager()), false);
            packed.detach();
            return packed;
        }
    }

    /** Scores N×3×S×S normalised images; the output belongs to the images' manager. */
    public AttnVggOutput score(NDArray images) {
        return AttnVggOutput.of(module.run(new NDList(images).addAll(weights), false));
    }

    @Override
    public void close() {
        module.close();
    }
}
