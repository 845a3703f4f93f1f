package org.attnvgg.spark.data;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceErrorsTest {

    @ParameterizedTest
    @CsvSource({
        "CUDA error: an illegal memory access was encountered, true",
        "CUDA error: device-side assert triggered, true",
        "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED, true",
        "CUDA out of memory. Tried to allocate 2.00 GiB, false",
        "CUDA error: out of memory, false",
        "The size of tensor a (3) must match the size of tensor b (4), false"
    })
    void anErrorAfterWhichTheProcessCannotUseItsGpuIsToldFromOthers(String message, boolean sticky) {
        assertThat(DeviceErrors.isSticky(new EngineException(message))).isEqualTo(sticky);
    }
}
