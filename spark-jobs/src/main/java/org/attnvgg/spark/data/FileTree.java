package org.attnvgg.spark.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.util.functional.RemoteIterators;
import org.attnvgg.spark.job.FileNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files below a folder, or the one file. An object store lists them all at once; on local disks, where that way would start
 * a process for each file to learn its owner, folders are listed one by one.
 */
final class FileTree implements RemoteIterator<FileStatus> {

    private static final Logger LOG = LoggerFactory.getLogger(FileTree.class);

    private final FileSystem files;
    private final String root;
    private final LeftOutNames leftOut;
    private final Deque<RemoteIterator<FileStatus>> open = new ArrayDeque<>();
    private FileStatus next;

    private FileTree(FileSystem files, Path folder, String root, LeftOutNames leftOut) throws IOException {
        this.files = files;
        this.root = root;
        this.leftOut = leftOut;
        open.push(in(files, folder, leftOut));
    }

    /**
     * The files below a folder; names that cannot be read are added to {@code leftOut}.
     *
     * @param root URI of the folder that is searched, which is this one or above it
     */
    static RemoteIterator<FileStatus> below(FileSystem files, Path folder, String root, LeftOutNames leftOut)
            throws IOException {
        return files instanceof LocalFileSystem
                ? new FileTree(files, folder, root, leftOut)
                : RemoteIterators.mappingRemoteIterator(files.listFiles(folder, true), status -> status);
    }

    /** Files and folders in a folder itself; names that cannot be read are added to {@code leftOut}. */
    static RemoteIterator<FileStatus> in(FileSystem files, Path folder, LeftOutNames leftOut) throws IOException {
        FileNames.requireUtf8(files, folder.toString());
        leftOut.look(files, folder);
        return files.listStatusIterator(folder);
    }

    @Override
    public boolean hasNext() throws IOException {
        while (next == null && !open.isEmpty()) {
            if (!open.peek().hasNext()) {
                open.pop();
                continue;
            }
            FileStatus status = open.peek().next();
            if (!status.isDirectory()) {
                next = status;
            } else if (!FolderLinks.leadBack(files, status.getPath(), root)) {
                enter(status.getPath());
            }
        }
        return next != null;
    }

    /** A folder that went away meanwhile has no files; those beside it are listed all the same. */
    private void enter(Path folder) throws IOException {
        try {
            open.push(in(files, folder, leftOut));
        } catch (FileNotFoundException e) {
            LOG.warn("{} went away while its archive was listed", folder);
        }
    }

    @Override
    public FileStatus next() throws IOException {
        if (!hasNext()) {
            throw new java.util.NoSuchElementException();
        }
        FileStatus status = next;
        next = null;
        return status;
    }
}
