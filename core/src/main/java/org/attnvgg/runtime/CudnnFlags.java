package org.attnvgg.runtime;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Path;

/**
 * The flags behind Python's {@code torch.backends.cudnn}, which hold for a whole process and which DJL does not reach. They
 * are set by C++ functions, called by the names that compilers give them on Linux.
 */
final class CudnnFlags {

    private CudnnFlags() {}

    /**
     * Sets what convolutions on GPUs do. They always compute float32 in float32: cuDNN may else round to TF32's ten bits.
     *
     * @param folder of the libtorch that this process has loaded
     * @param deterministic whether they give the same bits at every call; cuDNN may else choose algorithms that add up in any
     *     order
     * @throws IllegalStateException if that libtorch has no such flags; the message says which do
     */
    static void set(Path folder, boolean deterministic) {
        try {
            NativeLibrary library =
                    NativeLibrary.getInstance(folder.resolve("libtorch_cpu.so").toString());
            Pointer context = library.getFunction("_ZN2at13globalContextEv").invokePointer(new Object[0]);
            library.getFunction("_ZN2at7Context21setDeterministicCuDNNEb")
                    .invokeVoid(new Object[] {context, deterministic});
            library.getFunction("_ZN2at7Context17setAllowTF32CuDNNEb").invokeVoid(new Object[] {context, false});
        } catch (UnsatisfiedLinkError e) {
            throw new IllegalStateException(
                    "the libtorch in " + folder + " cannot be told to repeat its results on GPUs (" + e.getMessage()
                            + "); 2.5.1, 2.7.1 and 2.11 can",
                    e);
        }
    }
}
