package org.attnvgg.spark.exchange;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Whose shard is whose. A shard stays with its owner for as long as that is there and carries no more than its share, since
 * the shard's images are kept there. Not thread-safe.
 */
final class ShardOwners {

    private final String[] owners;

    ShardOwners(int shards) {
        owners = new String[shards];
    }

    int count() {
        return owners.length;
    }

    /** The shards of a worker, in order. */
    IntStream of(String worker) {
        return IntStream.range(0, owners.length).filter(shard -> worker.equals(owners[shard]));
    }

    /** Gives shards without a present owner, and those above an owner's fair share, to the workers with the fewest. */
    void share(Collection<String> workers) {
        if (workers.isEmpty()) {
            return;
        }
        Map<String, Integer> load = new LinkedHashMap<>();
        workers.forEach(worker -> load.put(worker, 0));
        int fair = (owners.length + load.size() - 1) / load.size();
        List<Integer> free = new ArrayList<>();
        for (int shard = 0; shard < owners.length; shard++) {
            int carried = load.getOrDefault(owners[shard], fair);
            if (carried >= fair) {
                free.add(shard);
            } else {
                load.merge(owners[shard], 1, Integer::sum);
            }
        }
        for (int shard : free) {
            owners[shard] = load.entrySet().stream()
                    .min(Map.Entry.comparingByValue())
                    .orElseThrow()
                    .getKey();
            load.merge(owners[shard], 1, Integer::sum);
        }
    }
}
