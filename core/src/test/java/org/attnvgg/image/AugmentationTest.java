package org.attnvgg.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AugmentationTest {

    @Test
    void dependsOnSeedEpochAndImageAlone() {
        Augmentation draw = Augmentation.draw(42, 1, "ISIC_0000000");
        assertThat(Augmentation.draw(42, 1, "ISIC_0000000")).isEqualTo(draw);
        assertThat(Augmentation.draw(43, 1, "ISIC_0000000")).isNotEqualTo(draw);
        assertThat(Augmentation.draw(42, 2, "ISIC_0000000")).isNotEqualTo(draw);
        assertThat(Augmentation.draw(42, 1, "ISIC_0000001")).isNotEqualTo(draw);
    }

    @Test
    void turnsByUpToTenDegreesAndFlipsHalf() {
        int flips = 0;
        double sum = 0;
        for (int i = 0; i < 10_000; i++) {
            Augmentation draw = Augmentation.draw(42, 1, "image " + i);
            assertThat(draw.angle()).isBetween(-10.0, 10.0);
            sum += draw.angle();
            flips += draw.flip() ? 1 : 0;
        }
        assertThat(flips).isBetween(4_800, 5_200);
        assertThat(sum / 10_000).isBetween(-0.2, 0.2);
    }
}
