package org.attnvgg.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.attnvgg.spark.data.ImageRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardsTest {

    private static List<ImageRef> examples(int count) {
        List<ImageRef> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            examples.add(new ImageRef("image " + i, "file:/" + i, i % 2));
        }
        return examples;
    }

    private static List<String> epoch(Shards shards, int epoch) {
        return IntStream.range(0, shards.count())
                .boxed()
                .flatMap(shard -> IntStream.range(0, shards.batches())
                        .boxed()
                        .flatMap(step -> shards.batch(shards.epochOrder(epoch, shard), shard, step).stream()))
                .map(ImageRef::id)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"103, 1, 10", "103, 2, 10", "103, 3, 10", "100, 4, 100", "7, 4, 5", "1, 2, 2"})
    void anEpochSeesEveryExampleOnce(int examples, int shards, int batchSize) {
        Shards dealt = Shards.partition(examples(examples), shards, batchSize, 1, 42);
        assertThat(epoch(dealt, 1))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(
                        examples(examples).stream().map(ImageRef::id).toList());
    }

    @Test
    void everyStepButTheLastIsAFullBatchOverTheShards() {
        Shards dealt = Shards.partition(examples(103), 3, 10, 1, 42);
        for (int step = 0; step < dealt.batches(); step++) {
            int size = 0;
            for (int shard = 0; shard < 3; shard++) {
                size += dealt.batch(dealt.epochOrder(2, shard), shard, step).size();
            }
            assertThat(size).isEqualTo(step < 10 ? 10 : 3);
        }
    }

    @Test
    void theDealDependsOnSeedAndIdsAlone() {
        List<ImageRef> shuffled = examples(50);
        Collections.shuffle(shuffled, new Random(1));
        assertThat(Shards.partition(shuffled, 3, 10, 1, 42).parts())
                .isEqualTo(Shards.partition(examples(50), 3, 10, 1, 42).parts());
        assertThat(Shards.partition(shuffled, 3, 10, 1, 43).parts())
                .isNotEqualTo(Shards.partition(examples(50), 3, 10, 1, 42).parts());
    }

    @Test
    void epochsTakeTheExamplesInOtherOrders() {
        Shards dealt = Shards.partition(examples(50), 1, 10, 1, 42);
        assertThat(epoch(dealt, 1)).isNotEqualTo(epoch(dealt, 2)).isEqualTo(epoch(dealt, 1));
    }
}
