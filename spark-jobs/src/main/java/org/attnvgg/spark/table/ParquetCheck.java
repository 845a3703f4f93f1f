package org.attnvgg.spark.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.table.Damage.Kind;
import org.attnvgg.spark.table.Footers.Footer;
import org.attnvgg.spark.table.Footers.RunRow;
import org.attnvgg.spark.table.TableFiles.Part;

/**
 * Compares what runs say that they wrote with the footers of their files. A run may be committed meanwhile: runs are read before
 * the other tables, so that what they name is there, and the journal and the names of runs after them, so that no run that just
 * ends is taken for an unknown one.
 */
final class ParquetCheck {

    private final SparkSession spark;
    private final Path root;
    private final Journal journal;
    private final TableFiles tables;
    private final List<Damage> damages = new ArrayList<>();
    private final Map<String, RunRow> runs = new LinkedHashMap<>();
    private final Set<String> unreadable = new HashSet<>();
    private final RunCounts counts = new RunCounts();

    ParquetCheck(SparkSession spark, FileSystem files, Path root, Journal journal) {
        this.spark = spark;
        this.root = root;
        this.journal = journal;
        tables = new TableFiles(files, root);
    }

    List<Damage> damages() throws IOException {
        Footers.read(spark, tables.of(ScoreTables.RUNS)).forEach(this::run);
        List<Part> parts = new ArrayList<>();
        for (String table : ScoreStore.PARTS) {
            parts.addAll(tables.of(table));
        }
        Footers.read(spark, parts).forEach(this::part);
        damages.addAll(counts.otherRows(runs.values(), root));
        damages.addAll(counts.unknown(known(), runId -> root + "/runs/" + runId + ".parquet"));
        return damages;
    }

    private void run(Footer file) {
        String name = root + "/" + file.part().name();
        if (file.part().runId() == null) {
            damages.add(foreign(file));
        } else if (file.problem() != null) {
            unreadable.add(file.part().runId());
            damages.add(new Damage(Kind.UNREADABLE_RUN, file.part().runId(), name + " " + file.problem()));
        }
        for (RunRow run : file.runs()) {
            runs.put(run.runId(), run);
            if (!run.runId().equals(file.part().runId())) {
                damages.add(
                        new Damage(Kind.FOREIGN_FILE, null, "%s has the row of run %s".formatted(name, run.runId())));
            }
        }
    }

    private Damage foreign(Footer file) {
        String place = file.part().table().equals(ScoreTables.RUNS)
                ? "is no file RUN_ID.parquet"
                : "has no run_id: it is in no folder run_id=... of the table, or no Parquet file";
        return new Damage(Kind.FOREIGN_FILE, null, root + "/" + file.part().name() + " " + place);
    }

    private void part(Footer file) {
        if (file.part().runId() == null) {
            damages.add(foreign(file));
            return;
        }
        counts.add(file.part().runId(), file.part().table(), file.rows());
        if (file.problem() != null) {
            counts.addProblem(file.part().runId(), file.part().name() + " " + file.problem());
        }
    }

    private Set<String> known() throws IOException {
        Set<String> known = new HashSet<>(journal.names());
        known.addAll(runs.keySet());
        known.addAll(unreadable);
        for (Part run : tables.of(ScoreTables.RUNS)) {
            known.add(String.valueOf(run.runId()));
        }
        return known;
    }
}
