package org.attnvgg.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;

class WeightsTest {

    @Test
    void serializedTheyComeBackBitForBit() throws Exception {
        Weights weights = new Weights(
                new float[] {-0f, 1 / 3f, Float.MIN_VALUE, Float.NaN}, new float[] {Float.NEGATIVE_INFINITY}, 7);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(weights);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            Weights read = (Weights) in.readObject();
            assertThat(read.trainable()).isEqualTo(weights.trainable());
            assertThat(read.statistics()).isEqualTo(weights.statistics());
            assertThat(read.batchesTracked()).isEqualTo(7);
        }
    }
}
