package org.attnvgg.spark.config;

import java.util.Map;

/** Keys of earlier versions that have no effect any more: a job that is given one warns and goes on. */
final class RemovedKeys {

    private static final String ENCODING =
            "tables of Parquet files are written in encodings that every reader knows; leave the key out";

    private static final Map<String, String> REASONS =
            Map.of("table.float-encoding", ENCODING, "table.attention-encoding", ENCODING);

    private RemovedKeys() {}

    /** Warns of such a key on standard error; returns whether it is one. */
    static boolean warnOf(String key, Object value) {
        String reason = REASONS.get(key);
        if (reason != null) {
            System.err.println("attnvgg: WARNING: %s = %s has no effect any more: %s".formatted(key, value, reason));
        }
        return reason != null;
    }
}
