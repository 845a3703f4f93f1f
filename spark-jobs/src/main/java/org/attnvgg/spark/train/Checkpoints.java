package org.attnvgg.spark.train;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.attnvgg.io.WeightFileException;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.spark.data.Reject;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.job.ModelFolders;
import org.attnvgg.training.Adam;
import org.attnvgg.training.CheckpointFile;
import org.attnvgg.training.EpochMetrics;

/**
 * The checkpoints of a run, one file each, in a folder of their own: {@code epoch-0002-step-000120.safetensors}. The two
 * newest are kept. A file gets its name only when it is whole, and what it holds is checked when it is read.
 */
final class Checkpoints {

    private static final int KEPT = 2;
    private static final String SUFFIX = ".safetensors";
    private static final Gson JSON =
            new GsonBuilder().serializeSpecialFloatingPointValues().create();

    private final Configuration hadoop;
    private final FileSystem files;
    private final Path folder;
    private final NetworkLayout layout;
    private final double learningRate;
    private final Map<String, String> identity;
    private final UnaryOperator<Map<String, String>> asNow;

    /** What a checkpoint says beside its vectors. */
    private record State(
            Map<String, String> identity, EpochProgress progress, List<EpochMetrics> epochs, List<Reject> rejects) {}

    /**
     * The checkpoints in a folder.
     *
     * @param identity what must be the same in a run that goes on from one: its settings and data, by name
     * @param asNow gives what an earlier version recorded the names and spelling of this one
     */
    Checkpoints(
            String folder,
            Configuration hadoop,
            NetworkLayout layout,
            double learningRate,
            Map<String, String> identity,
            UnaryOperator<Map<String, String>> asNow)
            throws IOException {
        this.hadoop = hadoop;
        this.folder = new Path(folder);
        this.files = this.folder.getFileSystem(hadoop);
        this.layout = layout;
        this.learningRate = learningRate;
        this.identity = identity;
        this.asNow = asNow;
    }

    /** Writes where a run is, and returns the file; older checkpoints go, but for the one before. */
    String write(TrainingState state) throws IOException {
        EpochProgress progress = state.progress();
        String name = "epoch-%04d-step-%06d".formatted(progress.epoch(), progress.step()) + SUFFIX;
        String text = JSON.toJson(
                new State(identity, progress, state.epochs(), state.rejects().all()));
        CheckpointFile checkpoint =
                new CheckpointFile(text, state.weights(), state.adam().state(), state.best());
        Path partial = new Path(folder, "." + name + ".partial");
        ModelFolders.withLocalFolder(local -> {
            checkpoint.write(local.resolve(name));
            files.copyFromLocalFile(true, true, new Path(local.resolve(name).toUri()), partial);
            return null;
        });
        Path whole = new Path(folder, name);
        files.delete(whole, false);
        if (!files.rename(partial, whole)) {
            throw new IOException("could not rename " + partial + " to " + whole);
        }
        List<Path> all = newestFirst();
        for (Path old : all.subList(Math.min(KEPT, all.size()), all.size())) {
            files.delete(old, false);
        }
        return whole.toString();
    }

    /**
     * Where the run that wrote here stopped, by its newest checkpoint that can be read; empty if there is none.
     *
     * @throws JobException if that was a run of other settings or data, which it names, or none can be read
     */
    Optional<TrainingState> newest() throws IOException {
        List<Path> all = newestFirst();
        for (Path path : all) {
            try {
                return Optional.of(read(path));
            } catch (WeightFileException e) {
                Console.warn("a checkpoint cannot be read, the one before it is next: " + e.getMessage());
            }
        }
        if (!all.isEmpty()) {
            throw new JobException("no checkpoint in " + folder + " can be read; start anew with train.resume=false");
        }
        return Optional.empty();
    }

    private TrainingState read(Path path) throws IOException {
        return ModelFolders.readFile(path.toString(), hadoop, local -> {
            State state = state(local);
            requireSame(path, state.identity);
            CheckpointFile file = CheckpointFile.read(local, layout);
            Rejects rejects = new Rejects();
            rejects.restore(state.rejects);
            return new TrainingState(
                    file.weights(),
                    new Adam(learningRate, file.adam()),
                    new ArrayList<>(state.epochs),
                    rejects,
                    state.progress,
                    file.best());
        });
    }

    private static State state(java.nio.file.Path file) throws IOException {
        try {
            return JSON.fromJson(CheckpointFile.state(file), State.class);
        } catch (JsonParseException e) {
            throw new WeightFileException(file, "a checkpoint whose state is no JSON of a run");
        }
    }

    private void requireSame(Path path, Map<String, String> written) {
        Map<String, String> before = asNow.apply(written);
        Map<String, String> all = new TreeMap<>(before);
        all.putAll(identity);
        for (String name : all.keySet()) {
            String was = before.get(name);
            String is = identity.get(name);
            if (!Objects.equals(was, is)) {
                throw new JobException(("checkpoint %s: %s was %s and is now %s; put it back to go on from there, or"
                                + " start anew with train.resume=false")
                        .formatted(path, name, was, is));
            }
        }
    }

    /** Removes them all. */
    void delete() throws IOException {
        files.delete(folder, true);
    }

    private List<Path> newestFirst() throws IOException {
        List<Path> paths = new ArrayList<>();
        try {
            for (FileStatus file : files.listStatus(folder)) {
                if (file.getPath().getName().endsWith(SUFFIX)) {
                    paths.add(file.getPath());
                }
            }
        } catch (FileNotFoundException e) {
            return List.of();
        }
        paths.sort(Comparator.comparing(Path::getName).reversed());
        return paths;
    }
}
