package org.attnvgg.spark.table;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.attnvgg.spark.table.Footers.RunRow;

/** How many rows each run has in each table, held against what its row of runs says. */
final class RunCounts {

    private final Map<String, Map<String, Long>> byRun = new HashMap<>();

    /** Adds rows of a run. */
    void add(String runId, String table, long rows) {
        byRun.computeIfAbsent(runId, id -> new HashMap<>()).merge(table, rows, Long::sum);
    }

    /** The runs that have rows, or files without any. */
    Set<String> runs() {
        return new TreeSet<>(byRun.keySet());
    }

    /** What differs, as clauses: none if the run is whole. */
    List<String> differences(RunRow run) {
        boolean complete = run.status().equals(ScoreTables.COMPLETE);
        long scored = complete ? run.scored() : 0;
        Map<String, Long> expected = Map.of(
                ScoreTables.PREDICTIONS, scored, ScoreTables.ATTENTION, scored, ScoreTables.REJECTS, run.rejected());
        List<String> differences = new ArrayList<>();
        for (String table : ScoreStore.PARTS) {
            long there = byRun.getOrDefault(run.runId(), Map.of()).getOrDefault(table, 0L);
            if (there != expected.get(table)) {
                differences.add("%,d rows in %s where it wrote %,d".formatted(there, table, expected.get(table)));
            }
        }
        return differences;
    }
}
