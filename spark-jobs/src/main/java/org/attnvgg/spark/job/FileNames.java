package org.attnvgg.spark.job;

import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Names of local files as Java reads them: in the encoding of the locale that it was started in. Names that it cannot show are
 * left out of every listing without a word, and cannot be opened.
 */
public final class FileNames {

    /** The property in which Java keeps that encoding; setting it changes nothing. */
    private static final String ENCODING = "sun.jnu.encoding";

    private FileNames() {}

    /**
     * Checks that local files can be listed by this process, of the driver or of an executor.
     *
     * @param what setting and folder, for the error
     * @throws JobException if some of them would be left out
     */
    public static void requireUtf8(FileSystem files, String what) {
        requireUtf8(files, what, System.getProperty(ENCODING));
    }

    static void requireUtf8(FileSystem files, String what, String encoding) {
        if (isLocal(files) && !isUtf8(encoding)) {
            throw new JobException(what + " is on a local disk, but this Java reads names of files as " + encoding
                    + ", so that some would be left out; start it with LC_ALL=C.UTF-8 in the environment, executors with"
                    + " spark.executorEnv.LC_ALL=C.UTF-8");
        }
    }

    /**
     * Checks that a local file can be opened under its name.
     *
     * @throws JobException if this Java cannot spell it
     */
    public static void requireSpelt(FileSystem files, Path path) {
        requireSpelt(files, path, System.getProperty(ENCODING));
    }

    static void requireSpelt(FileSystem files, Path path, String encoding) {
        if (!StandardCharsets.US_ASCII.newEncoder().canEncode(path.toUri().getPath())) {
            requireUtf8(files, path.toString(), encoding);
        }
    }

    /** Whether these are the files of this machine. */
    public static boolean isLocal(FileSystem files) {
        return "file".equals(files.getUri().getScheme());
    }

    private static boolean isUtf8(String encoding) {
        return "UTF-8".equalsIgnoreCase(encoding) || "UTF8".equalsIgnoreCase(encoding);
    }
}
