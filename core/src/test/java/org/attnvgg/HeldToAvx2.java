package org.attnvgg;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Where the build holds libtorch to AVX2, tests run on processors that have AVX-512 too: on others they have run so already, or
 * cannot.
 */
public final class HeldToAvx2 implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        boolean held = System.getProperty("held.to", "").equals("avx2");
        return held && !hasAvx512()
                ? ConditionEvaluationResult.disabled("this processor has no AVX-512")
                : ConditionEvaluationResult.enabled("");
    }

    private static boolean hasAvx512() {
        try {
            return Files.readString(Path.of("/proc/cpuinfo")).contains(" avx512f ");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
