package org.attnvgg.spark.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.spark.data.FolderFiles.Part;
import org.attnvgg.spark.job.ClusterExecutors;
import org.attnvgg.spark.job.FileNames;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;

/** Lists the files in folders by their extensions: the driver looks for folders, the executors for the files in them. */
public final class FileLister {

    /** The driver looks for folders until it has found this many for each slot; the executors take it from there. */
    private static final int FOLDERS_PER_SLOT = 16;

    private final JavaSparkContext context;
    private final String setting;
    private final List<String> extensions;
    private final LeftOutNames unreadable = new LeftOutNames();
    private final LeftOutNames others = new LeftOutNames();

    /**
     * A lister of files with one of these extensions, in either case.
     *
     * @param setting key and value that name the folders, for errors
     */
    public FileLister(JobContext run, String setting, List<String> extensions) {
        this.setting = setting;
        this.extensions = extensions.stream()
                .map(extension -> extension.toLowerCase(Locale.ROOT))
                .toList();
        context = JavaSparkContext.fromSparkContext(run.spark().sparkContext());
        context.sc().register(unreadable);
        context.sc().register(others);
    }

    /** The files at a path, which may be a glob, in the columns of {@link ImageLister#SCHEMA}. */
    JavaRDD<Row> matching(String glob) {
        try {
            Path path = new Path(glob);
            FileSystem files = path.getFileSystem(context.hadoopConfiguration());
            FileStatus[] roots = files.globStatus(path);
            if (roots == null || roots.length == 0) {
                throw new JobException(setting + ": no such file or folder");
            }
            return below(files, List.of(roots));
        } catch (IOException | IllegalArgumentException e) {
            throw failure(e);
        }
    }

    /** The files in a folder and below it, in the columns of {@link ImageLister#SCHEMA}. */
    public JavaRDD<Row> below(String folder) {
        try {
            Path path = new Path(folder);
            FileSystem files = path.getFileSystem(context.hadoopConfiguration());
            if (!files.exists(path)) {
                throw new JobException(setting + ": no such folder");
            }
            return below(files, List.of(files.getFileStatus(path)));
        } catch (IOException | IllegalArgumentException e) {
            throw failure(e);
        }
    }

    private JobException failure(Exception e) {
        return new JobException(setting + ": " + e.getMessage(), e);
    }

    private JavaRDD<Row> below(FileSystem files, List<FileStatus> roots) throws IOException {
        FileNames.requireUtf8(files, setting);
        int enough = new ClusterExecutors(context.sc()).slots() * FOLDERS_PER_SLOT;
        List<Part> parts = parts(files, roots, enough);
        Collections.shuffle(parts, new Random(0)); // neighbours are often alike in size
        Broadcast<SerializableConfiguration> hadoop =
                context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
        FolderFiles.Listing listing = new FolderFiles.Listing(setting, extensions, unreadable, others);
        return context.parallelize(parts, Math.min(parts.size(), enough))
                .flatMap(part -> new FolderFiles(part, listing, hadoop.value().value()));
    }

    /** Folders that hold all files between them: breadth first, until there are enough. */
    private static List<Part> parts(FileSystem files, List<FileStatus> roots, int enough) throws IOException {
        List<Part> flat = new ArrayList<>();
        List<Part> deep = new ArrayList<>();
        for (FileStatus root : roots) {
            Path top = root.isDirectory() ? root.getPath() : root.getPath().getParent();
            deep.add(new Part(root.getPath().toString(), top.toString(), true));
        }
        while (!deep.isEmpty() && deep.size() + flat.size() < enough) {
            List<Part> below = new ArrayList<>();
            for (Part part : deep) {
                flat.add(new Part(part.folder(), part.root(), false));
                RemoteIterator<FileStatus> found = files.listStatusIterator(new Path(part.folder()));
                while (found.hasNext()) {
                    FileStatus status = found.next();
                    if (status.isDirectory() && !FolderLinks.leadBack(files, status.getPath(), part.root())) {
                        below.add(new Part(status.getPath().toString(), part.root(), true));
                    }
                }
            }
            deep = below;
        }
        flat.addAll(deep);
        return flat;
    }

    /** Says which names could not be read, once the files were listed. */
    public void printUnreadable() {
        unreadable.print();
    }

    /** How many files had another extension, those with hidden names aside, once the files were listed. */
    long others() {
        return others.count();
    }
}
