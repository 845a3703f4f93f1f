package org.attnvgg.spark.archive;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.SerializableConfiguration;
import org.attnvgg.spark.Executors;
import org.attnvgg.spark.FileNames;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.JobRun;
import org.attnvgg.spark.config.Settings;

/** The pictures in the folders of {@code score.images}: the driver finds folders, the executors the files in them. */
final class FolderListing {

    /** The driver looks into folders until it has found so many for each slot; the executors take it from there. */
    private static final int FOLDERS_PER_SLOT = 16;

    private final JobRun run;
    private final Settings settings;
    private final JavaSparkContext context;
    private final LeftOutNames leftOut;

    FolderListing(JobRun run, LeftOutNames leftOut) {
        this.leftOut = leftOut;
        this.run = run;
        settings = run.settings();
        context = JavaSparkContext.fromSparkContext(run.spark().sparkContext());
    }

    /**
     * A folder to list.
     *
     * @param folder which
     * @param root of the search: ids are paths below it
     * @param deep whether the folders in it too
     */
    private record Part(String folder, String root, boolean deep) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /** The pictures, in the columns of {@link Archive#SCHEMA}. */
    JavaRDD<Row> rows() {
        int slots = new Executors(context.sc()).slots();
        List<Part> parts = parts(slots * FOLDERS_PER_SLOT);
        Collections.shuffle(
                parts, new java.util.Random(settings.integer("seed"))); // neighbours are often alike in size
        Broadcast<SerializableConfiguration> hadoop =
                context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
        List<String> extensions = settings.strings("score.extensions").stream()
                .map(extension -> extension.toLowerCase(Locale.ROOT))
                .toList();
        LeftOutNames names = leftOut;
        return context.parallelize(parts, Math.min(parts.size(), slots * FOLDERS_PER_SLOT))
                .flatMap(part -> new Files(part, extensions, hadoop.value().value(), names));
    }

    /** Folders that hold all files between them: breadth first, until there are enough. */
    private List<Part> parts(int enough) {
        String where = settings.string("score.images");
        List<Part> deep = new ArrayList<>();
        List<Part> flat = new ArrayList<>();
        try {
            Path path = new Path(where);
            FileSystem files = path.getFileSystem(run.hadoop());
            FileNames.requireUtf8(files, "score.images = " + where);
            FileStatus[] roots = files.globStatus(path);
            if (roots == null || roots.length == 0) {
                throw new JobException("score.images = " + where + ": no such file or folder");
            }
            for (FileStatus root : roots) {
                String folder = root.getPath().toString();
                String above =
                        root.isDirectory() ? folder : root.getPath().getParent().toString();
                deep.add(new Part(folder, above, true));
            }
            boolean deeper = true;
            while (deeper && deep.size() + flat.size() < enough) {
                List<Part> below = new ArrayList<>();
                for (Part part : deep) {
                    flat.add(new Part(part.folder, part.root, false));
                    RemoteIterator<FileStatus> found = files.listStatusIterator(new Path(part.folder));
                    while (found.hasNext()) {
                        FileStatus status = found.next();
                        if (status.isDirectory()) {
                            below.add(new Part(status.getPath().toString(), part.root, true));
                        }
                    }
                }
                deep = below;
                deeper = !below.isEmpty();
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new JobException("score.images = " + where + ": " + e.getMessage(), e);
        }
        flat.addAll(deep);
        return flat;
    }

    /** The pictures of a part, one after the other as the file system tells them. */
    private static final class Files implements Iterator<Row> {

        private final Part part;
        private final List<String> extensions;
        private final FileSystem files;
        private final RemoteIterator<FileStatus> found;
        private Row next;

        Files(Part part, List<String> extensions, Configuration hadoop, LeftOutNames leftOut) throws IOException {
            this.part = part;
            this.extensions = extensions;
            Path folder = new Path(part.folder);
            files = folder.getFileSystem(hadoop);
            found = part.deep ? Listing.below(files, folder, leftOut) : Listing.in(files, folder, leftOut);
        }

        @Override
        public boolean hasNext() {
            try {
                while (next == null && found.hasNext()) {
                    FileStatus status = found.next();
                    String name = status.getPath().getName().toLowerCase(Locale.ROOT);
                    if (status.isFile() && extensions.stream().anyMatch(name::endsWith)) {
                        next = row(status);
                    }
                }
                return next != null;
            } catch (FileNotFoundException e) {
                return false; // the folder went away meanwhile
            } catch (IOException e) {
                throw new UncheckedIOException("listing " + part.folder, e);
            }
        }

        private Row row(FileStatus status) {
            String uri = status.getPath().toString();
            String below = uri.substring(part.root.length() + 1);
            return RowFactory.create(
                    below.substring(0, below.lastIndexOf('.')),
                    uri,
                    null,
                    status.getLen(),
                    new Timestamp(status.getModificationTime()));
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new java.util.NoSuchElementException();
            }
            Row row = next;
            next = null;
            return row;
        }
    }
}
