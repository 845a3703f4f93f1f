package org.attnvgg.spark.data;

import java.io.File;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.AccumulatorV2;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.FileNames;

/**
 * Names of local files and folders that are not UTF-8: Java cannot open them, and Hadoop leaves them out of its listings. By
 * folder, so that a folder that is listed twice counts once. Tasks add to copies of their own.
 */
final class LeftOutNames extends AccumulatorV2<Map.Entry<String, LeftOutNames.Names>, Map<String, LeftOutNames.Names>> {

    private static final long serialVersionUID = 1;

    /** What Java shows in place of bytes that it cannot read. */
    private static final char UNREADABLE = '\uFFFD';

    /**
     * Those of one folder.
     *
     * @param count how many
     * @param first one of them, as far as it can be shown
     */
    record Names(long count, String first) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    private final TreeMap<String, Names> byFolder = new TreeMap<>();

    /** Looks at the names in a folder, if it is a local one. */
    void look(FileSystem files, Path folder) {
        if (FileNames.isLocal(files)) {
            File where = new File(folder.toUri().getPath());
            String[] names = where.list((parent, name) -> isLeftOut(parent, name));
            if (names != null && names.length > 0) {
                Arrays.sort(names);
                add(Map.entry(where.getPath(), new Names(names.length, where + "/" + names[0])));
            }
        }
    }

    /** A name may have that very character. */
    private static boolean isLeftOut(File folder, String name) {
        return name.indexOf(UNREADABLE) >= 0 && !Files.exists(folder.toPath().resolve(name), LinkOption.NOFOLLOW_LINKS);
    }

    /** How many there are. */
    synchronized long count() {
        return byFolder.values().stream().mapToLong(Names::count).sum();
    }

    /** Says how many there were, if any. */
    synchronized void print() {
        long count = count();
        if (count > 0) {
            Console.warn(
                    "%,d names of files or folders are not UTF-8 and were left out; first: %s; rename them to have them"
                                    .formatted(count, byFolder.firstEntry().getValue().first)
                            + " read");
        }
    }

    @Override
    public synchronized boolean isZero() {
        return byFolder.isEmpty();
    }

    @Override
    public synchronized LeftOutNames copy() {
        LeftOutNames copy = new LeftOutNames();
        copy.byFolder.putAll(byFolder);
        return copy;
    }

    @Override
    public synchronized void reset() {
        byFolder.clear();
    }

    @Override
    public synchronized void add(Map.Entry<String, Names> folder) {
        byFolder.put(folder.getKey(), folder.getValue());
    }

    @Override
    public synchronized void merge(AccumulatorV2<Map.Entry<String, Names>, Map<String, Names>> other) {
        byFolder.putAll(other.value());
    }

    @Override
    public synchronized Map<String, Names> value() {
        return Map.copyOf(byFolder);
    }
}
