package org.attnvgg.spark.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.FileSystem;
import org.attnvgg.spark.job.FileNames;

/** Symbolic links to folders, on local disks. */
final class FolderLinks {

    private FolderLinks() {}

    /**
     * Whether a folder is a link to one that is listed without it: a folder on the way from the root of the search to the link,
     * or one below such a folder. Links that lead elsewhere are followed.
     */
    static boolean leadBack(FileSystem files, org.apache.hadoop.fs.Path folder, String root) throws IOException {
        Path link = FileNames.isLocal(files) ? Path.of(folder.toUri().getPath()) : null;
        if (link == null || !Files.isSymbolicLink(link)) {
            return false;
        }
        Path target = link.toRealPath();
        Path top = Path.of(new org.apache.hadoop.fs.Path(root).toUri().getPath());
        for (Path above = link.getParent(); above != null && above.startsWith(top); above = above.getParent()) {
            if (target.startsWith(above.toRealPath())) {
                return true;
            }
        }
        return false;
    }
}
