package org.attnvgg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** libtorch has the flags on CPUs too, where nothing heeds them. */
class CudnnFlagsTest {

    private static Path folder;

    @BeforeAll
    static void startTorch() {
        TorchEngine.start(2);
        folder = Path.of(TorchEngine.library());
    }

    @Test
    void convolutionsAreMadeRepeatableAndKeepFloat32() {
        call("_ZN2at7Context21setDeterministicCuDNNEb", false);
        call("_ZN2at7Context17setAllowTF32CuDNNEb", true);
        CudnnFlags.set(folder, true);
        assertThat(call("_ZNK2at7Context18deterministicCuDNNEv")).isTrue();
        assertThat(call("_ZNK2at7Context14allowTF32CuDNNEv")).isFalse();
    }

    @Test
    void trainingThatNeedNotBeRepeatableLetsCudnnChoose() {
        TorchEngine.startTraining(folder, false);
        assertThat(call("_ZNK2at7Context18deterministicCuDNNEv")).isFalse();
        assertThat(call("_ZNK2at7Context14allowTF32CuDNNEv")).isFalse();
        TorchEngine.startTraining(folder, true);
        assertThat(call("_ZNK2at7Context18deterministicCuDNNEv")).isTrue();
    }

    @Test
    void deterministicTrainingIsRefusedWhereLibtorchCannotBeToldTo(@TempDir Path empty) {
        assertThatThrownBy(() -> TorchEngine.startTraining(empty, true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the libtorch in " + empty + " cannot be told to repeat its results on GPUs")
                .hasMessageContaining("2.5.1, 2.7.1 and 2.11 can")
                .hasMessageEndingWith("or set train.deterministic = false");
    }

    @Test
    void scoringAndOtherTrainingGoOnWithoutIt(@TempDir Path empty) {
        assertThatCode(() -> TorchEngine.preferDeterministic(empty)).doesNotThrowAnyException();
        assertThatCode(() -> TorchEngine.startTraining(empty, false)).doesNotThrowAnyException();
    }

    /** Calls a method of at::Context by its name in the library; what a getter says. */
    private static boolean call(String method, Object... arguments) {
        NativeLibrary library =
                NativeLibrary.getInstance(folder.resolve("libtorch_cpu.so").toString());
        Pointer context = library.getFunction("_ZN2at13globalContextEv").invokePointer(new Object[0]);
        Object[] all = arguments.length == 0 ? new Object[] {context} : new Object[] {context, arguments[0]};
        return (library.getFunction(method).invokeInt(all) & 1) == 1; // a bool is the lowest byte
    }
}
