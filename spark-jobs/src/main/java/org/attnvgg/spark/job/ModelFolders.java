package org.attnvgg.spark.job;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.attnvgg.files.TempFolders;
import org.attnvgg.io.WeightFileException;
import org.attnvgg.modelfolder.ModelFolder;

/** Brings files from Hadoop's file systems to this machine, where weight files are read. */
public final class ModelFolders {

    private static final String[] MODEL_FILES = {"model.json", "model.safetensors"};

    private ModelFolders() {}

    /**
     * Reads a model folder.
     *
     * @throws WeightFileException if its files are malformed, damaged or exchanged: it names them as the setting does
     */
    public static ModelFolder read(String key, String folder, Configuration hadoop) {
        Path path = new Path(folder);
        try {
            FileSystem files = path.getFileSystem(hadoop);
            for (String name : MODEL_FILES) {
                requireThere(key, path, files, name);
            }
            if (files instanceof LocalFileSystem local) {
                return ModelFolder.read(local.pathToFile(path).toPath());
            }
            return withLocalFolder(local -> {
                copy(files, new Path(path, MODEL_FILES[0]), local);
                for (String name : ModelFolder.files(local)) {
                    requireThere(key, path, files, name);
                    copy(files, new Path(path, name), local);
                }
                return ModelFolder.read(local);
            });
        } catch (WeightFileException e) {
            throw e.of(new Path(path, e.fileName()).toString());
        } catch (IOException e) {
            throw new JobException(key + " = " + folder + ": cannot be read: " + e, e);
        }
    }

    private static void requireThere(String key, Path folder, FileSystem files, String name) throws IOException {
        if (!files.exists(new Path(folder, name))) {
            throw new JobException(
                    key + " = " + folder + ": no " + name + " in it; expected a folder that train wrote, whole");
        }
    }

    private static java.nio.file.Path copy(FileSystem files, Path from, java.nio.file.Path folder) throws IOException {
        java.nio.file.Path copy = folder.resolve(from.getName());
        files.copyToLocalFile(false, from, new Path(copy.toUri()), true);
        return copy;
    }

    /** Something that reads a file of this machine. */
    public interface LocalFile<T> {
        /** Reads it. */
        T read(java.nio.file.Path file) throws IOException;
    }

    /**
     * Reads a file where it is, or a copy of one that is elsewhere.
     *
     * @throws WeightFileException if the reader throws one: it names the file as it is named here
     */
    public static <T> T readFile(String name, Configuration hadoop, LocalFile<T> reader) throws IOException {
        Path path = new Path(name);
        FileSystem files = path.getFileSystem(hadoop);
        try {
            if (files instanceof LocalFileSystem local) {
                return reader.read(local.pathToFile(path).toPath());
            }
            return withLocalFolder(folder -> reader.read(copy(files, path, folder)));
        } catch (WeightFileException e) {
            throw e.of(name);
        }
    }

    /** Something that works in a local folder. */
    public interface LocalWork<T> {
        /** Works in it. */
        T in(java.nio.file.Path folder) throws IOException;
    }

    /** Works in a temporary folder, which is then removed. */
    public static <T> T withLocalFolder(LocalWork<T> work) throws IOException {
        java.nio.file.Path folder = TempFolders.create("work");
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
