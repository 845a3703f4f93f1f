package org.attnvgg.spark.score;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import org.junit.jupiter.api.Test;

class BatchSizeTest {

    @Test
    void aNumberIsKept() {
        BatchSize size = BatchSize.of(50, Device.cpu());
        size.took(50, 1);
        assertThat(size.next()).isEqualTo(50);
    }

    @Test
    void theQuickestAPictureIsKeptAfterEachWasTried() {
        BatchSize size = BatchSize.of(BatchSize.AUTO, Device.cpu());
        size.took(size.next(), 1); // warming up does not count
        assertThat(size.next()).isEqualTo(4);
        size.took(4, 400);
        assertThat(size.next()).isEqualTo(8);
        size.took(8, 720);
        assertThat(size.next()).isEqualTo(16);
        size.took(16, 1700);
        assertThat(size.next()).isEqualTo(8);
        size.took(8, 1_000_000);
        assertThat(size.next()).isEqualTo(8);
    }

    @Test
    void aLastBatchThatIsNotFullTellsNothing() {
        BatchSize size = BatchSize.of(BatchSize.AUTO, Device.gpu());
        size.took(size.next(), 1);
        size.took(7, 1);
        assertThat(size.next()).isEqualTo(32);
    }
}
