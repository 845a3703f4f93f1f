package org.attnvgg.spark.table;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.attnvgg.spark.table.Damage.Kind;
import org.attnvgg.spark.table.Footers.RunRow;

/** How many rows each run has in each table, compared with what its row of runs says. */
final class RunCounts {

    private final Map<String, Map<String, Long>> byRun = new HashMap<>();
    private final Map<String, String> problems = new HashMap<>();

    /** Adds rows of a run. */
    void add(String runId, String table, long rows) {
        byRun.computeIfAbsent(runId, id -> new HashMap<>()).merge(table, rows, Long::sum);
    }

    /** Notes that a file of a run cannot be used; of several the first one counts. */
    void addProblem(String runId, String problem) {
        problems.putIfAbsent(runId, problem);
    }

    /** The runs that have rows, or files without any. */
    Set<String> runs() {
        return new TreeSet<>(byRun.keySet());
    }

    /** The committed runs that have other rows than they wrote, or files that cannot be used. */
    List<Damage> otherRows(Collection<RunRow> committed, Object tables) {
        List<Damage> damages = new ArrayList<>();
        for (RunRow run : committed) {
            String differences = String.join(", ", differences(run));
            String problem = problems.get(run.runId());
            if (!differences.isEmpty() || problem != null) {
                String what = differences.isEmpty() ? "a damaged file" : differences;
                damages.add(new Damage(
                        Kind.OTHER_ROWS,
                        run.runId(),
                        "run %s in %s has %s%s"
                                .formatted(run.runId(), tables, what, problem == null ? "" : " (" + problem + ")")));
            }
        }
        return damages;
    }

    private List<String> differences(RunRow run) {
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

    /**
     * The runs with rows that are not among the known ones.
     *
     * @param row names, for a run, the row of runs that it lacks
     */
    List<Damage> unknown(Set<String> known, UnaryOperator<String> row) {
        return runs().stream()
                .filter(runId -> !known.contains(runId))
                .map(runId -> new Damage(
                        Kind.UNKNOWN_RUN,
                        runId,
                        ("run %s has rows but no %s, and is not known as unfinished, so that either its row was lost or an older"
                                        + " version of this program was killed")
                                .formatted(runId, row.apply(runId))))
                .toList();
    }
}
