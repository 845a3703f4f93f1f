package org.attnvgg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.attnvgg.torchscript.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the build holds libtorch to an older instruction set, as another processor would, it keeps to it. */
class InstructionSetTest {

    private static final Map<String, String> ATEN_NAMES = Map.of("avx2", "AVX2", "default", "NO AVX");
    private static final Map<String, String> ONEDNN_NAMES = Map.of("AVX2", "Intel AVX2", "SSE41", "Intel SSE4.1");

    @TempDir
    private Path folder;

    @Test
    void libtorchComputesWithTheInstructionsThatTheEnvironmentAllows() throws Exception {
        String aten = System.getenv("ATEN_CPU_CAPABILITY");
        String oneDnn = System.getenv("ONEDNN_MAX_CPU_ISA");
        assumeTrue(
                ATEN_NAMES.containsKey(aten == null ? "" : aten)
                        && ONEDNN_NAMES.containsKey(oneDnn == null ? "" : oneDnn),
                "libtorch is held to no older instruction set");
        String output = scoreInAnotherProcess();
        assertThat(output).contains("ATen: " + ATEN_NAMES.get(aten));
        assertThat(output).contains("info,cpu,isa:" + ONEDNN_NAMES.get(oneDnn));
        assertThat(output.lines().filter(line -> line.contains("exec,cpu,convolution")))
                .isNotEmpty()
                .noneMatch(line -> line.contains("avx512") || line.contains("amx"));
    }

    /** What it and oneDNN print: libraries' own output would end up among what Surefire reads of this process. */
    private String scoreInAnotherProcess() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Score.class.getName());
        builder.environment().put("ONEDNN_VERBOSE", "1");
        Path log = folder.resolve("output.txt");
        Process process =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertThat(process.waitFor(3, TimeUnit.MINUTES))
                    .as(Files.readString(log))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        return Files.readString(log);
    }

    /** Scores an image and prints which of its kernels ATen takes. */
    static final class Score {

        private Score() {}

        public static void main(String[] arguments) {
            TorchEngine.start(1);
            NetworkConfig settings = new NetworkConfig(0.125, 64, true, 0);
            Weights weights = WeightInitializer.of(NetworkLayout.of(settings), 1);
            for (Precision precision : new Precision[] {Precision.FLOAT32, Precision.BFLOAT16}) {
                try (ScoringNetwork network = new ScoringNetwork(settings, weights, precision, Device.cpu());
                        NDManager manager = NDManager.newBaseManager(Device.cpu());
                        NDArray image = manager.ones(new Shape(1, 3, 64, 64));
                        AttnVggOutput output = network.score(image)) {
                    assertThat(output.logits().toFloatArray()).hasSize(1);
                }
            }
            System.out.println("ATen: " + atenCapability());
        }

        /** {@code at::get_cpu_capability()}, whose result, a {@code std::string}, the caller makes room for. */
        private static String atenCapability() {
            Path library = Path.of(TorchEngine.library()).resolve("libtorch_cpu.so");
            try (Memory string = new Memory(32)) {
                NativeLibrary.getInstance(library.toString())
                        .getFunction("_ZN2at18get_cpu_capabilityB5cxx11Ev")
                        .invokeVoid(new Object[] {string});
                return string.getPointer(0).getString(0);
            }
        }
    }
}
