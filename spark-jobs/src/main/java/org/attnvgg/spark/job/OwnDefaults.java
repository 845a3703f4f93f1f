package org.attnvgg.spark.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.spark.SparkConf;
import org.attnvgg.files.NativeLibraries;
import org.attnvgg.files.TempFolders;

/** Spark's settings that keep a session's files, ports and temporary folders to this user, unless the user sets them otherwise. */
final class OwnDefaults {

    private static final String HADOOP = "spark.hadoop.";
    private static final String LOOPBACK = "127.";
    private static final String UTF8_LOCALE = "C.UTF-8";

    private OwnDefaults() {}

    /** Sets what is not set. */
    static void set(SparkConf conf) {
        boolean oneMachine = conf.get("spark.master").startsWith("local");
        // Whoever reaches Spark's pages may look, but end nothing.
        conf.setIfMissing("spark.ui.killEnabled", "false");
        if (oneMachine && !listensHereOnly()) {
            conf.setIfMissing("spark.ui.enabled", "false");
        }
        // Java takes the encoding of file names from the locale that its process starts with.
        conf.setIfMissing("spark.executorEnv.LC_ALL", UTF8_LOCALE);
        umask(conf);
        try {
            NativeLibraries.keepSafe();
            if (oneMachine) {
                temporaryFolders(conf);
            }
        } catch (IllegalStateException e) {
            throw new JobException(e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("making a temporary folder in " + System.getProperty("java.io.tmpdir"), e);
        }
    }

    /** Spark's pages take their address from the environment alone, and listen everywhere without it. */
    private static boolean listensHereOnly() {
        String address = System.getenv("SPARK_LOCAL_IP");
        return address != null && address.startsWith(LOOPBACK);
    }

    private static void umask(SparkConf conf) {
        String key = HADOOP + FsPermission.UMASK_LABEL;
        if (conf.contains(key)) {
            conf.set(HADOOP + LocalFiles.BY_PROCESS, "false");
        } else {
            ProcessUmask.addedTo(new Configuration()).ifPresent(umask -> conf.set(key, umask));
        }
    }

    /** Spark's and Hadoop's, whose own would lie in /tmp under names that anyone can foresee. */
    private static void temporaryFolders(SparkConf conf) throws IOException {
        if (System.getenv("SPARK_LOCAL_DIRS") == null) {
            conf.setIfMissing("spark.local.dir", TempFolders.named("spark").toString());
        }
        conf.setIfMissing(HADOOP + "hadoop.tmp.dir", TempFolders.named("hadoop").toString());
    }
}
