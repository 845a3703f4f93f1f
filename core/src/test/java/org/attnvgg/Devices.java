package org.attnvgg;

import ai.djl.Device;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.attnvgg.model.Precision;
import org.attnvgg.model.TorchRuntime;

/** Where a test's network computes. */
public final class Devices {

    private Devices() {}

    /** The CPU, and a GPU if libtorch sees one: see CONTRIBUTING. */
    public static Stream<Device> all() {
        TorchRuntime.start(2);
        int gpus = Math.min(1, TorchRuntime.gpuCount());
        return Stream.concat(Stream.of(Device.cpu()), IntStream.range(0, gpus).mapToObj(Device::gpu));
    }

    /** Whether that device computes in that precision in reasonable time. */
    public static boolean suits(Device device, Precision precision) {
        return device.isGpu() || precision != Precision.FLOAT16;
    }
}
