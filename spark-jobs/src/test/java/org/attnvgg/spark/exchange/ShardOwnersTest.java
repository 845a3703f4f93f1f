package org.attnvgg.spark.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShardOwnersTest {

    private final ShardOwners owners = new ShardOwners(5);

    private List<Integer> of(String worker) {
        return owners.of(worker).boxed().toList();
    }

    @Test
    void sharesAreEqualButForOne() {
        owners.share(List.of("a", "b"));
        assertThat(of("a")).containsExactly(0, 2, 4);
        assertThat(of("b")).containsExactly(1, 3);
    }

    @Test
    void aLostMembersShardsGoToTheOthersWhichKeepTheirOwn() {
        owners.share(List.of("a", "b", "c"));
        assertThat(of("a")).containsExactly(0, 3);
        owners.share(List.of("b", "c"));
        assertThat(of("b")).contains(1, 4).hasSize(3);
        assertThat(of("c")).contains(2).hasSize(2);
        owners.share(List.of("c"));
        assertThat(of("c")).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void aLateComerGetsWhatIsAboveTheOthersShare() {
        owners.share(List.of("a"));
        owners.share(List.of("a", "b"));
        assertThat(of("a")).containsExactly(0, 1, 2);
        assertThat(of("b")).containsExactly(3, 4);
    }

    @Test
    void nobodyChangesNothingAndMoreMembersThanShardsLeaveSomeIdle() {
        owners.share(List.of("a"));
        owners.share(List.of());
        assertThat(of("a")).hasSize(5);
        owners.share(List.of("a", "b", "c", "d", "e", "f"));
        assertThat(of("a")).containsExactly(0);
        assertThat(of("f")).isEmpty();
    }
}
