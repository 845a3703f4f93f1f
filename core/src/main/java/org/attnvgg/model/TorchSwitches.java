package org.attnvgg.model;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Path;

/**
 * libtorch's own switches for a whole process, which DJL does not reach: those behind Python's {@code torch.backends.cudnn}.
 * They are C++ functions, called by the names that compilers give them on Linux.
 */
final class TorchSwitches {

    private static final String DETERMINISTIC = "DeterministicCuDNN";
    private static final String TF32 = "AllowTF32CuDNN";

    private final NativeLibrary library;
    private final Pointer context;

    /** The switches of the libtorch in that folder, which this process has loaded. */
    private TorchSwitches(Path folder) {
        library = NativeLibrary.getInstance(folder.resolve("libtorch_cpu.so").toString());
        context = library.getFunction("_ZN2at13globalContextEv").invokePointer(new Object[0]);
    }

    /**
     * Convolutions on GPUs give the same bits at every call, and compute float32 in float32: cuDNN may else choose
     * algorithms that add up in any order, and round to TF32's ten bits.
     *
     * @param folder of the libtorch that this process has loaded
     * @throws IllegalStateException if that libtorch has no such switches; the message says which do
     */
    static void makeConvolutionsExact(Path folder) {
        try {
            TorchSwitches switches = new TorchSwitches(folder);
            switches.set(DETERMINISTIC, true);
            switches.set(TF32, false);
        } catch (UnsatisfiedLinkError e) {
            throw new IllegalStateException(
                    "the libtorch in " + folder + " cannot be told to repeat its results on GPUs (" + e.getMessage()
                            + "); 2.5.1, 2.7.1 and 2.11 can",
                    e);
        }
    }

    private void set(String name, boolean value) {
        String setter = "set" + name; // at::Context::setName(bool)
        library.getFunction("_ZN2at7Context" + setter.length() + setter + "Eb")
                .invokeVoid(new Object[] {context, value});
    }
}
