package org.attnvgg.spark.preflight;

import ai.djl.Device;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.attnvgg.runtime.TorchEngine;
import org.attnvgg.spark.config.DeviceChoice;
import org.attnvgg.spark.data.TaskDevice;

/**
 * What an executor is and has.
 *
 * @param executor its id
 * @param host where it runs
 * @param jvm version of Java
 * @param cores that a task of it has
 * @param heapMebibytes most that its heap may grow to
 * @param glibc version of the C library, which libtorch is built against
 * @param libtorch version
 * @param library the folder that libtorch was loaded from: its name tells the flavour
 * @param gpusOfSpark addresses that Spark gave the task
 * @param gpusOfLibtorch GPUs that libtorch sees
 * @param device what a task of it would compute on
 * @param problems what is wrong; empty when nothing is
 */
record ExecutorReport(
        String executor,
        String host,
        String jvm,
        int cores,
        long heapMebibytes,
        String glibc,
        String libtorch,
        String library,
        List<String> gpusOfSpark,
        int gpusOfLibtorch,
        String device,
        List<String> problems)
        implements Serializable {

    private static final long serialVersionUID = 1;

    private static final String UNKNOWN = "?";

    /** Looks at the executor that this is called in; loads libtorch, which unpacks it on this host if need be. */
    static ExecutorReport here(DeviceChoice wantedDevice, List<String> paths, Configuration hadoop) {
        List<String> problems = new ArrayList<>();
        String device = UNKNOWN;
        String version = UNKNOWN;
        String library = UNKNOWN;
        int gpus = 0;
        try {
            TorchEngine.start(TaskContext.get().cpus());
            version = TorchEngine.version();
            library = TorchEngine.library();
            gpus = TorchEngine.gpuCount();
            Device found = TaskDevice.start(wantedDevice);
            device = found.isGpu() ? "GPU " + found.getDeviceId() : "CPU";
        } catch (RuntimeException | LinkageError e) {
            problems.add(e.getMessage() == null ? e.toString() : e.getMessage());
        }
        paths.forEach(path -> tryToWrite(path, hadoop, problems));
        SparkEnv env = SparkEnv.get();
        return new ExecutorReport(
                env.executorId(),
                env.blockManager().blockManagerId().host(),
                System.getProperty("java.version"),
                TaskContext.get().cpus(),
                Runtime.getRuntime().maxMemory() >> 20,
                glibcVersion(),
                version,
                library,
                TaskDevice.addresses(),
                gpus,
                device,
                problems);
    }

    private static String glibcVersion() {
        try {
            return NativeLibrary.getInstance("c")
                    .getFunction("gnu_get_libc_version")
                    .invokeString(new Object[0], false);
        } catch (UnsatisfiedLinkError e) {
            return "none: not glibc";
        }
    }

    private static void tryToWrite(String folder, Configuration hadoop, List<String> problems) {
        Path file = new Path(folder, ".attnvgg-preflight-" + UUID.randomUUID());
        try {
            FileSystem files = file.getFileSystem(hadoop);
            try (FSDataOutputStream out = files.create(file)) {
                out.write("attnvgg".getBytes(StandardCharsets.US_ASCII));
            }
            files.delete(file, false);
        } catch (IOException | RuntimeException e) {
            problems.add("cannot write in " + folder + ": " + e);
        }
    }
}
