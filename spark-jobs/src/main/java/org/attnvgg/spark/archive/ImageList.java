package org.attnvgg.spark.archive;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.Console;
import org.attnvgg.spark.FileNames;
import org.attnvgg.spark.JobException;
import org.attnvgg.spark.config.Settings;
import org.attnvgg.spark.pipeline.ImageRef;
import org.attnvgg.spark.table.ManifestTable;

/** Which pictures to score: a manifest's, or those found in a folder, by a glob or at a URI, in the order of their URIs. */
public final class ImageList {

    private final SparkSession spark;
    private final Settings settings;

    /** The list that {@code score.*} names. */
    public ImageList(SparkSession spark, Settings settings) {
        this.spark = spark;
        this.settings = settings;
    }

    /**
     * The pictures, by URI.
     *
     * @throws JobException if there are none
     */
    public List<ImageRef> images() {
        boolean fromManifest = settings.optionalString("score.manifest").isPresent();
        List<ImageRef> images = fromManifest ? manifest() : files();
        if (images.isEmpty()) {
            String key = fromManifest ? "score.manifest" : "score.images";
            throw new JobException(key + " = " + settings.string(key) + ": no pictures there");
        }
        return images;
    }

    private List<ImageRef> manifest() {
        List<ImageRef> images = new ArrayList<>();
        for (Row row : ManifestTable.read(spark, "score.manifest", settings.string("score.manifest"))
                .select(ManifestTable.IMAGE_ID, ManifestTable.IMAGE_URI, ManifestTable.TARGET)
                .orderBy(col(ManifestTable.IMAGE_URI))
                .collectAsList()) {
            images.add(new ImageRef(row.getString(0), row.getString(1), row.getInt(2)));
        }
        return images;
    }

    private List<ImageRef> files() {
        String where = settings.string("score.images");
        List<String> extensions = settings.strings("score.extensions").stream()
                .map(extension -> extension.toLowerCase(Locale.ROOT))
                .toList();
        List<ImageRef> images = new ArrayList<>();
        LeftOutNames leftOut = new LeftOutNames();
        int others = 0;
        try {
            Path path = new Path(where);
            FileSystem files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
            FileNames.requireUtf8(files, "score.images = " + where);
            FileStatus[] roots = files.globStatus(path);
            if (roots == null || roots.length == 0) {
                throw new JobException("score.images = " + where + ": no such file or folder");
            }
            for (FileStatus root : roots) {
                RemoteIterator<FileStatus> found = Listing.below(files, root.getPath(), leftOut);
                while (found.hasNext()) {
                    Path file = found.next().getPath();
                    String name = file.getName().toLowerCase(Locale.ROOT);
                    if (extensions.stream().anyMatch(name::endsWith)) {
                        images.add(new ImageRef(id(root, file), file.toString(), null));
                    } else if (!name.startsWith(".") && !name.startsWith("_")) {
                        others++;
                    }
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new JobException("score.images = " + where + ": " + e.getMessage(), e);
        }
        if (others > 0) {
            Console.line(
                    "%,d files without one of score.extensions (%s) are not pictures and left out",
                    others, String.join(" ", extensions));
        }
        leftOut.tell();
        images.sort(Comparator.comparing(ImageRef::uri));
        return images;
    }

    /** The path below the folder searched, without its extension. */
    private static String id(FileStatus root, Path file) {
        String whole = file.toString();
        String relative =
                root.isDirectory() ? whole.substring(root.getPath().toString().length() + 1) : file.getName();
        return relative.substring(0, relative.lastIndexOf('.'));
    }
}
