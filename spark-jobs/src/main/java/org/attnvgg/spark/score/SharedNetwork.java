package org.attnvgg.spark.score;

import java.util.function.Supplier;
import org.attnvgg.model.ScoringNetwork;

/** The one scoring network of an executor, shared by its tasks; a later model takes its place. */
final class SharedNetwork {

    private static Lease current;

    private SharedNetwork() {}

    /** A network in use; close it when done. */
    static final class Lease implements AutoCloseable {
        private final String key;
        private final ScoringNetwork network;
        private final BatchSize batchSize;
        private int users;

        private Lease(String key, ScoringNetwork network, BatchSize batchSize) {
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

    /** The network of that key, loaded if it is not the current one. */
    static synchronized Lease acquire(String key, Supplier<ScoringNetwork> loader, Supplier<BatchSize> batchSize) {
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
