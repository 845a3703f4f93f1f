package org.attnvgg.model;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Path;

/**
 * libtorch's own switches for a whole process, which DJL does not reach: those behind Python's {@code torch.backends.cudnn}.
 * They are C++ functions, called by the names that compilers give them on Linux.
 */
final class TorchSwitches {

    static final String DETERMINISTIC = "DeterministicCuDNN";
    static final String TF32 = "AllowTF32CuDNN";

    private final NativeLibrary library;
    private final Pointer context;

    /** The switches of the libtorch in that folder, which this process has loaded. */
    TorchSwitches(Path folder) {
        library = NativeLibrary.getInstance(folder.resolve("libtorch_cpu.so").toString());
        context = library.getFunction("_ZN2at13globalContextEv").invokePointer(new Object[0]);
    }

    /**
     * Convolutions on GPUs give the same bits at every call, and compute float32 in float32: cuDNN may else choose
     * algorithms that add up in any order, and round to TF32's ten bits.
     */
    void makeConvolutionsExact() {
        set(DETERMINISTIC, true);
        set(TF32, false);
    }

    void set(String name, boolean value) {
        String setter = "set" + name; // at::Context::setName(bool)
        library.getFunction("_ZN2at7Context" + setter.length() + setter + "Eb")
                .invokeVoid(new Object[] {context, value});
    }
}
