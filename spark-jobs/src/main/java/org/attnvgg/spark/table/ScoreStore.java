package org.attnvgg.spark.table;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.attnvgg.spark.job.JobException;

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

    /** Names a run as unfinished, before its first rows are added; nothing but rows of such runs is ever cleared away. */
    void begin(String runId);

    /** Adds rows of one run, in about {@code files} files. */
    void append(String table, Dataset<Row> rows, int files);

    /** How many rows a run added to a table, counted where they are stored. */
    long count(String table, String runId);

    /** Writes the tables' first files, if they must be there before a run can start; called while no run writes. */
    void create();

    /** A folder of the tables' own, where the run that writes keeps its lock. */
    String folder();

    /** Makes a run's rows part of the tables: its row of {@link ScoreTables#RUNS}. It is unfinished no longer. */
    void commit(Row run);

    /** Moves the rows of unfinished runs out of the tables, and returns those runs; called while no run writes. */
    Set<String> clearUnfinished();

    /** Deletes for good what was moved out of the tables longer ago; called while no run writes. */
    void dropRemoved(Duration time);

    /** Runs that are not whole, found by the counts in files' footers or in the catalog's metadata. */
    List<Damage> damages();

    /**
     * Moves a run out of the tables, committed or not, so that its images count as new; called while no run writes.
     *
     * @return what was done with its rows, as a clause
     * @throws JobException if nothing of it is there
     */
    String setAside(String runId);

    /** The tables that a run adds to before it is committed. */
    List<String> PARTS = List.of(ScoreTables.PREDICTIONS, ScoreTables.ATTENTION, ScoreTables.REJECTS);
}
