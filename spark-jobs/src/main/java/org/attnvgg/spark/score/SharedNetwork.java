package org.attnvgg.spark.score;

import java.util.List;
import java.util.function.Supplier;
import org.attnvgg.runtime.ScoringNetwork;

/** The one scoring network of an executor, shared by its tasks; another network or other weights take its place. */
final class SharedNetwork {

    private static Lease current;

    private SharedNetwork() {}

    /** A network in use; close it when done. */
    static final class Lease implements AutoCloseable {
        private final List<Object> key;
        private final ScoringNetwork network;
        private final BatchSize batchSize;
        private int users;

        private Lease(List<Object> key, ScoringNetwork network, BatchSize batchSize) {
            this.key = key;
            this.network = network;
            this.batchSize = batchSize;
        }

        BatchSize batchSize() {
            return batchSize;
        }

        ScoringNetwork network() {
            return network;
        }

        @Override
        public void close() {
            release(this);
        }
    }

    /** The network of that key, which tells all that it consists of; loaded if it is not the current one. */
    static synchronized Lease acquire(
            List<Object> key, Supplier<ScoringNetwork> loader, Supplier<BatchSize> batchSize) {
        if (current == null || !current.key.equals(key)) {
            Lease previous = current;
            current = new Lease(key, loader.get(), batchSize.get());
            if (previous != null && previous.users == 0) {
                previous.network.close();
            }
        }
        current.users++;
        return current;
    }

    private static synchronized void release(Lease lease) {
        lease.users--;
        if (lease.users == 0 && lease != current) {
            lease.network.close();
        }
    }
}
