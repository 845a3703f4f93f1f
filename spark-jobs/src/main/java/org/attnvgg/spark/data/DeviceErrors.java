package org.attnvgg.spark.data;

import ai.djl.engine.EngineException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.spark.SparkEnv;

/**
 * After most errors of CUDA a process can use its GPU no more: every later task of the executor would fail too. So such an
 * error ends the executor, and Spark starts another in its place.
 */
public final class DeviceErrors {

    /** Of libtorch's messages; memory that did not suffice is no such error. */
    private static final Pattern STICKY = Pattern.compile("CUDA error|CUDNN_STATUS|CUBLAS_STATUS|device-side assert");

    private static final Pattern MEMORY = Pattern.compile("out of memory", Pattern.CASE_INSENSITIVE);

    private DeviceErrors() {}

    /**
     * Computes something on the device.
     *
     * @throws InternalError if the device is lost to this process: Spark ends an executor whose task throws one
     */
    public static <T> T guard(Supplier<T> work) {
        try {
            return NativeGate.call(work);
        } catch (EngineException e) {
            if (isSticky(e)) {
                throw new InternalError(
                        "executor " + SparkEnv.get().executorId() + " lost its GPU and ends, to be replaced: "
                                + e.getMessage(),
                        e);
            }
            throw e;
        }
    }

    static boolean isSticky(EngineException e) {
        String message = String.valueOf(e.getMessage());
        return STICKY.matcher(message).find() && !MEMORY.matcher(message).find();
    }
}
