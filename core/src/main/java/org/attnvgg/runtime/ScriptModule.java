package org.attnvgg.runtime;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import org.attnvgg.torchscript.ScriptBuilder;
import org.attnvgg.torchscript.TorchScriptArchive;

/** A TorchScript module that libtorch runs; whoever makes one closes it. */
final class ScriptModule implements AutoCloseable {

    private final Model model;
    private final Block block;

    /** A class of that source, and of what it is one in words. */
    ScriptModule(String what, String source, Device device) {
        model = Model.newInstance(ScriptBuilder.NAME, device, TorchEngine.engineName());
        try {
            model.load(new ByteArrayInputStream(TorchScriptArchive.ofSource(source)), Map.of("mapLocation", "true"));
        } catch (IOException | MalformedModelException e) {
            model.close();
            throw new IllegalStateException("libtorch refused the script of " + what, e);
        }
        block = model.getBlock();
    }

    /** The manager whose arrays live as long as this module. */
    NDManager manager() {
        return model.getNDManager();
    }

    /** Runs the module, recording it for a backward pass or not; the outputs belong to the first input's manager. */
    NDList run(NDList inputs, boolean autograd) {
        NDManager owner = inputs.head().getManager();
        NDList outputs = block.forward(new ParameterStore(owner, false), inputs, autograd);
        outputs.attach(owner);
        return outputs;
    }

    @Override
    public void close() {
        model.close();
    }
}
