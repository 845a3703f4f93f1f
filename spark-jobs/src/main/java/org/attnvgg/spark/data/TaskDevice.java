package org.attnvgg.spark.data;

import ai.djl.Device;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.attnvgg.runtime.TorchEngine;
import org.attnvgg.spark.config.DeviceChoice;
import org.attnvgg.spark.job.JobException;

/** Where a task computes: the GPU that Spark assigned to it, or the CPU. */
public final class TaskDevice {

    private TaskDevice() {}

    /**
     * Starts libtorch with the task's cores and picks the device.
     *
     * @param wanted what the user chose
     * @throws JobException if a GPU is wanted or assigned and libtorch cannot use it
     */
    public static Device start(DeviceChoice wanted) {
        TaskContext task = TaskContext.get();
        TorchEngine.start(task == null ? 1 : task.cpus());
        List<String> addresses = addresses();
        if (wanted == DeviceChoice.CPU || (wanted == DeviceChoice.AUTO && addresses.isEmpty())) {
            return Device.cpu();
        }
        String where = "executor " + SparkEnv.get().executorId() + " on "
                + SparkEnv.get().blockManager().blockManagerId().host();
        if (addresses.isEmpty()) {
            throw new JobException("device = gpu, but Spark assigned none to " + where
                    + ": set spark.executor.resource.gpu.amount and spark.task.resource.gpu.amount, or device = auto");
        }
        int address = address(addresses.get(0), where);
        if (TorchEngine.gpuCount() <= address) {
            throw new JobException("Spark assigned GPU " + address + " to " + where + ", but libtorch "
                    + TorchEngine.version() + " from " + TorchEngine.library() + " there sees "
                    + TorchEngine.gpuCount()
                    + " GPUs: name a CUDA libtorch by PYTORCH_LIBRARY_PATH, PYTORCH_VERSION and PYTORCH_FLAVOR,"
                    + " or set device = cpu");
        }
        return Device.gpu(address);
    }

    /**
     * Training in this process, from now on.
     *
     * @param deterministic whether GPUs must give the same bits at every run
     * @throws JobException if they must and libtorch cannot
     */
    public static void startTraining(boolean deterministic) {
        try {
            TorchEngine.startTraining(deterministic);
        } catch (IllegalStateException e) {
            throw new JobException(e.getMessage(), e);
        }
    }

    private static int address(String text, String where) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new JobException(
                    "Spark assigned GPU '" + text + "' to " + where
                            + ": expected a number, as conf/gpu-discovery.sh gives",
                    e);
        }
    }

    /** The addresses of the GPUs that Spark assigned to this task. */
    public static List<String> addresses() {
        TaskContext task = TaskContext.get();
        return task != null && task.resourcesJMap().containsKey("gpu")
                ? List.of(task.resourcesJMap().get("gpu").addresses())
                : List.of();
    }
}
