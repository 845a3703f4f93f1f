package org.attnvgg.spark.score;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import org.junit.jupiter.api.Test;

class BatchSizeTest {

    @Test
    void aNumberIsKept() {
        BatchSize size = BatchSize.of(50, Device.cpu());
        size.recordTime(50, 1);
        assertThat(size.next()).isEqualTo(50);
    }

    @Test
    void theQuickestAImageIsKeptAfterEachWasTried() {
        BatchSize size = BatchSize.of(BatchSize.AUTO, Device.cpu());
        size.recordTime(size.next(), 1); // warming up does not count
        assertThat(size.next()).isEqualTo(4);
        size.recordTime(4, 400);
        assertThat(size.next()).isEqualTo(8);
        size.recordTime(8, 720);
        assertThat(size.next()).isEqualTo(16);
        size.recordTime(16, 1700);
        assertThat(size.next()).isEqualTo(8);
        size.recordTime(8, 1_000_000);
        assertThat(size.next()).isEqualTo(8);
    }

    @Test
    void aLastBatchThatIsNotFullTellsNothing() {
        BatchSize size = BatchSize.of(BatchSize.AUTO, Device.gpu());
        size.recordTime(size.next(), 1);
        size.recordTime(7, 1);
        assertThat(size.next()).isEqualTo(32);
    }
}
