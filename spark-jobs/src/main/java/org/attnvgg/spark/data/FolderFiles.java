package org.attnvgg.spark.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.sql.Timestamp;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.util.functional.RemoteIterators;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.attnvgg.spark.job.JobException;

/** The files of a part of an archive, one after the other as the file system tells them, on an executor. */
final class FolderFiles implements Iterator<Row> {

    /**
     * A folder to list.
     *
     * @param folder its URI
     * @param root URI of the folder that is searched: ids are paths below it
     * @param deep whether the folders in it too
     */
    record Part(String folder, String root, boolean deep) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /**
     * What all parts have in common.
     *
     * @param setting key and value that name the folders, for errors
     * @param extensions of the files to list, in lower case
     * @param unreadable takes names that cannot be read
     * @param others takes files of other extensions
     */
    record Listing(String setting, List<String> extensions, LeftOutNames unreadable, LeftOutNames others)
            implements Serializable {
        private static final long serialVersionUID = 1;
    }

    private final Part part;
    private final Listing listing;
    private final RemoteIterator<FileStatus> found;
    private long others;
    private String firstOther;
    private Row next;

    FolderFiles(Part part, Listing listing, Configuration hadoop) {
        this.part = part;
        this.listing = listing;
        found = open(hadoop);
    }

    private RemoteIterator<FileStatus> open(Configuration hadoop) {
        try {
            Path folder = new Path(part.folder);
            FileSystem files = folder.getFileSystem(hadoop);
            return part.deep
                    ? FileTree.below(files, folder, part.root, listing.unreadable)
                    : FileTree.in(files, folder, listing.unreadable);
        } catch (FileNotFoundException e) {
            return RemoteIterators.remoteIteratorFromIterable(List.of()); // the folder went away meanwhile
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private JobException failure(IOException e) {
        return new JobException(listing.setting + ": listing " + part.folder + ": " + e.getMessage(), e);
    }

    @Override
    public boolean hasNext() {
        try {
            while (next == null && found.hasNext()) {
                FileStatus status = found.next();
                if (status.isFile()) {
                    look(status);
                }
            }
        } catch (IOException e) {
            throw failure(e);
        }
        if (next == null && others > 0) {
            listing.others.add(Map.entry(part.folder, new LeftOutNames.Names(others, firstOther)));
            others = 0;
        }
        return next != null;
    }

    private void look(FileStatus status) {
        String name = status.getPath().getName().toLowerCase(Locale.ROOT);
        if (listing.extensions.stream().anyMatch(name::endsWith)) {
            String uri = status.getPath().toString();
            next = RowFactory.create(
                    id(part.root, uri), uri, null, status.getLen(), new Timestamp(status.getModificationTime()));
        } else if (!name.startsWith(".") && !name.startsWith("_")) {
            others++;
            firstOther = name;
        }
    }

    /** The path below the folder that is searched, without its extension. */
    static String id(String root, String uri) {
        // Only the root of a file system, as of a bucket, ends with a slash.
        String below = uri.substring(root.endsWith("/") ? root.length() : root.length() + 1);
        int dot = below.lastIndexOf('.');
        return dot > below.lastIndexOf('/') ? below.substring(0, dot) : below;
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Row row = next;
        next = null;
        return row;
    }
}
