package org.attnvgg.spark.table;

import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Where the score tables are. A run adds its rows to predictions, attention and rejects, and last, in one atomic write, its
 * own row to {@link ScoreTables#RUNS}: rows of a run that has none there are no rows yet, on any kind of storage. One run
 * writes at a time.
 */
public interface ScoreStore {

    /** Whether a run was ever committed here. */
    boolean exists();

    /** A table's rows, of runs that were committed; the table may have none. */
    Dataset<Row> read(String table);

    /** Adds rows of one run, in about so many files. */
    void append(String table, Dataset<Row> rows, int files);

    /** How many rows a run added to a table, counted where they are stored. */
    long count(String table, String runId);

    /** Writes the tables' first files, if they must be there before a run can start; called while no run writes. */
    void create();

    /** A folder of the tables' own, where the run that writes keeps its lock. */
    String folder();

    /** Makes a run's rows part of the tables: its row of {@link ScoreTables#RUNS}. */
    void commit(Row run);

    /** Removes the rows of runs that were never committed, and returns those runs; called while no run writes. */
    Set<String> removeUncommitted();

    /** The tables that a run adds to before it is committed. */
    List<String> PARTS = List.of(ScoreTables.PREDICTIONS, ScoreTables.ATTENTION, ScoreTables.REJECTS);
}
