package org.attnvgg;

import ai.djl.Device;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.attnvgg.runtime.TorchEngine;
import org.attnvgg.torchscript.Precision;
import org.junit.jupiter.params.provider.Arguments;

/** Where a test's network computes. */
public final class Devices {

    private Devices() {}

    /** The CPU, and a GPU if libtorch sees one: see CONTRIBUTING. */
    public static Stream<Device> all() {
        TorchEngine.start(2);
        int gpus = Math.min(1, TorchEngine.gpuCount());
        return Stream.concat(Stream.of(Device.cpu()), IntStream.range(0, gpus).mapToObj(Device::gpu));
    }

    /** Each of them with each of the golden vectors' seeds. */
    public static Stream<Arguments> withEverySeed() {
        return all().flatMap(device -> Golden.all().map(golden -> Arguments.of(device, golden)));
    }

    /** Whether that device computes in that precision in reasonable time. */
    public static boolean suits(Device device, Precision precision) {
        return device.isGpu() || precision != Precision.FLOAT16;
    }
}
