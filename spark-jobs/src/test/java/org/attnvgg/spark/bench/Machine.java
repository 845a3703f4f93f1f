package org.attnvgg.spark.bench;

import ai.djl.Device;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.TensorSpec;
import org.attnvgg.runtime.MatrixProduct;
import org.attnvgg.torchscript.Precision;

/** What this machine can do, and what was used of it. */
final class Machine {

    private static final int TRIES = 4;

    private Machine() {}

    /** Time that something took: on the clock, and of all processors, in seconds. */
    record Used(double seconds, double processorSeconds) {

        Used less(Used part) {
            return new Used(seconds - part.seconds, processorSeconds - part.processorSeconds);
        }
    }

    static Used measure(Runnable what) {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long processor = system.getProcessCpuTime();
        long start = System.nanoTime();
        what.run();
        return new Used((System.nanoTime() - start) / 1e9, (system.getProcessCpuTime() - processor) / 1e9);
    }

    /** The most GFLOP/s that libtorch's matrix product reaches here in that precision, of several tries. */
    static double peakGigaflops(Precision precision) {
        double best = 0;
        try (MatrixProduct product = new MatrixProduct(precision, Device.cpu())) {
            for (int i = 0; i < TRIES; i++) {
                best = Math.max(best, product.gigaflop() / measure(product::run).seconds());
            }
        }
        return best;
    }

    /** GFLOP of one image's forward pass: two for each multiply-add of the convolutions. */
    static double forwardGigaflop(NetworkConfig network) {
        double operations = 0;
        for (TensorSpec tensor : NetworkLayout.of(network).tensors()) {
            int side = side(tensor, network.imageSize());
            operations += tensor.shape().size() == 4 ? 2.0 * tensor.size() * side * side : 0;
        }
        return operations / 1e9;
    }

    /** Height and width of what a convolution computes. */
    private static int side(TensorSpec tensor, int imageSize) {
        String name = tensor.name();
        if (name.startsWith("conv_block")) {
            return imageSize >> (name.charAt("conv_block".length()) - '1');
        }
        if (name.contains("W_g")) {
            return imageSize / 32;
        }
        return name.startsWith("attn1") ? imageSize / 8 : imageSize / 16;
    }
}
