package org.attnvgg.spark.train;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.attnvgg.model.Initialization;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.Models;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.weights.WeightFiles;

/** The weights that a run starts from. */
final class InitialWeights {

    private InitialWeights() {}

    /** Random by the seed, and over that what the file of {@code train.init} holds, if there is one. */
    static Weights of(Settings settings, NetworkLayout layout, Configuration hadoop) throws IOException {
        Weights fresh = Initialization.of(layout, settings.integer("seed"));
        String init = settings.optionalString("train.init").orElse(null);
        if (init == null) {
            return fresh;
        }
        Path path = new Path(init);
        if (!path.getFileSystem(hadoop).exists(path)) {
            throw new JobException("train.init = " + init + ": no such file; expected .safetensors or .pth");
        }
        return Models.readFile(init, hadoop, file -> WeightFiles.read(file, layout, fresh));
    }
}
