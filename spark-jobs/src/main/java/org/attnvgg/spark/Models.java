package org.attnvgg.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.attnvgg.weights.ModelFolder;

/** Brings files from Hadoop's file systems to this machine, where weight files are read. */
public final class Models {

    private static final String[] MODEL_FILES = {"model.json", "model.safetensors"};

    private Models() {}

    /** Reads a model folder. */
    public static ModelFolder read(String key, String folder, Configuration hadoop) {
        try {
            Path path = new Path(folder);
            FileSystem files = path.getFileSystem(hadoop);
            for (String name : MODEL_FILES) {
                if (!files.exists(new Path(path, name))) {
                    throw new JobException(
                            key + " = " + folder + ": no " + name + " in it; expected a folder that" + " train wrote");
                }
            }
            if (files instanceof LocalFileSystem local) {
                return ModelFolder.read(local.pathToFile(path).toPath());
            }
            return withLocalFolder(local -> {
                for (String name : MODEL_FILES) {
                    files.copyToLocalFile(
                            false,
                            new Path(path, name),
                            new Path(local.resolve(name).toUri()),
                            true);
                }
                return ModelFolder.read(local);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(key + " = " + folder, e);
        }
    }

    /** Something that works in a local folder. */
    public interface LocalWork<T> {
        /** Works in it. */
        T in(java.nio.file.Path folder) throws IOException;
    }

    /** Works in a temporary folder, which is then removed. */
    public static <T> T withLocalFolder(LocalWork<T> work) throws IOException {
        java.nio.file.Path folder = Files.createTempDirectory("attnvgg-");
        try {
            return work.in(folder);
        } finally {
            try (Stream<java.nio.file.Path> all = Files.walk(folder)) {
                for (java.nio.file.Path path :
                        all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
