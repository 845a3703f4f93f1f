package org.attnvgg.spark.train;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.attnvgg.io.WeightFiles;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.attnvgg.spark.config.TrainSettings;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.ModelFolders;

/** The weights that a run starts from. */
final class InitialWeights {

    private InitialWeights() {}

    /** Random by the seed, and over that what the file of {@code train.init} holds, if there is one. */
    static Weights of(TrainSettings settings, NetworkLayout layout, Configuration hadoop) {
        Weights fresh = WeightInitializer.of(layout, settings.random().seed());
        String init = settings.init().orElse(null);
        if (init == null) {
            return fresh;
        }
        try {
            return read(init, layout, fresh, hadoop);
        } catch (IOException e) {
            throw new JobException("train.init = " + init + ": cannot be read: " + e, e);
        }
    }

    private static Weights read(String init, NetworkLayout layout, Weights fresh, Configuration hadoop)
            throws IOException {
        Path path = new Path(init);
        if (!path.getFileSystem(hadoop).exists(path)) {
            throw new JobException("train.init = " + init + ": no such file; expected .safetensors or .pth");
        }
        return ModelFolders.readFile(init, hadoop, file -> WeightFiles.read(file, layout, fresh));
    }
}
