package org.attnvgg.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** libtorch has the switches on CPUs too, where nothing heeds them. */
class TorchSwitchesTest {

    @BeforeAll
    static void startTorch() {
        TorchRuntime.start(2);
    }

    @Test
    void convolutionsAreMadeRepeatableAndKeepFloat32() {
        TorchSwitches switches = new TorchSwitches(Path.of(TorchRuntime.library()));
        switches.set(TorchSwitches.DETERMINISTIC, false);
        switches.set(TorchSwitches.TF32, true);
        switches.makeConvolutionsExact();
        assertThat(isOn("_ZNK2at7Context18deterministicCuDNNEv")).isTrue();
        assertThat(isOn("_ZNK2at7Context14allowTF32CuDNNEv")).isFalse();
    }

    /** What a getter of at::Context says. */
    private static boolean isOn(String getter) {
        NativeLibrary library = NativeLibrary.getInstance(
                Path.of(TorchRuntime.library()).resolve("libtorch_cpu.so").toString());
        Object[] context = {library.getFunction("_ZN2at13globalContextEv").invokePointer(new Object[0])};
        return (library.getFunction(getter).invokeInt(context) & 1) == 1; // a bool is the lowest byte
    }
}
