package org.attnvgg.spark.report;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.to_date;

import java.sql.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.ReportSettings;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.sql.ScoreViews;
import org.attnvgg.spark.table.Damage;
import org.attnvgg.spark.table.Damage.Kind;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.ScoreTables;
import org.attnvgg.spark.table.StoreCheck;

/** The score tables and their views as they would be if there were only the runs that {@code report.*} chooses. */
final class ChosenRuns {

    private final SparkSession session;
    private final ReportSettings settings;

    /**
     * Chooses.
     *
     * @throws JobException if there are no tables, or no such runs
     */
    ChosenRuns(SparkSession spark, ReportSettings settings) {
        this.settings = settings;
        session = spark.newSession(); // its views are its own
        ScoreStore store = ScoreStores.existing(session, settings.location());
        List<Damage> damages = store.damages();
        refuse(damages, damage -> damage.kind() == Kind.UNREADABLE_RUN || damage.kind() == Kind.FOREIGN_FILE);
        Dataset<Row> runs = store.read(ScoreTables.RUNS).filter(condition()).cache();
        if (runs.isEmpty()) {
            refuse(damages, damage -> true); // which may be why there are none
            throw new JobException("%s: no run with report.run = %s, report.from = %s, report.to = %s; its runs: %s"
                    .formatted(
                            settings.location(),
                            shown(settings.run()),
                            shown(settings.from()),
                            shown(settings.to()),
                            lastRuns(store)));
        }
        refuseDamaged(damages, runs);
        Dataset<Row> ids = runs.select(col(ScoreTables.RUN_ID).as("chosen"));
        ScoreViews.register(
                session,
                table -> table.equals(ScoreTables.RUNS)
                        ? runs
                        : store.read(table).join(ids, col(ScoreTables.RUN_ID).equalTo(col("chosen")), "left_semi"));
    }

    private void refuse(List<Damage> damages, Predicate<Damage> which) {
        StoreCheck.refuse(damages, which, settings.location());
    }

    /** Runs that were not chosen may be damaged, and rows of unknown ones are in no report. */
    private void refuseDamaged(List<Damage> damages, Dataset<Row> runs) {
        if (damages.isEmpty()) {
            return;
        }
        Set<String> chosen = runs.select(ScoreTables.RUN_ID).collectAsList().stream()
                .map(row -> row.getString(0))
                .collect(Collectors.toSet());
        refuse(damages, damage -> damage.kind() == Kind.OTHER_ROWS && chosen.contains(damage.runId()));
        damages.forEach(damage -> Console.warn(StoreCheck.sentence(damage, settings.location())));
    }

    private Column condition() {
        Column day = to_date(col("started_at"));
        Column chosen = lit(true);
        if (settings.run().isPresent()) {
            chosen = chosen.and(col(ScoreTables.RUN_ID).equalTo(settings.run().get()));
        }
        if (settings.from().isPresent()) {
            chosen = chosen.and(day.geq(Date.valueOf(settings.from().get())));
        }
        if (settings.to().isPresent()) {
            chosen = chosen.and(day.leq(Date.valueOf(settings.to().get())));
        }
        return chosen;
    }

    private static String shown(Optional<?> value) {
        return value.map(Object::toString).orElse("none");
    }

    private static String lastRuns(ScoreStore store) {
        List<Row> last = store.read(ScoreTables.RUNS)
                .orderBy(col("started_at").desc())
                .limit(5)
                .collectAsList();
        return String.join(
                ", ",
                last.stream()
                        .map(row -> row.getAs(ScoreTables.RUN_ID) + " of " + row.getAs("started_at"))
                        .toList());
    }

    /** The rows of a query on tables and views. */
    Dataset<Row> query(String sql) {
        return session.sql(sql);
    }

    /** The rows of a table or view. */
    Dataset<Row> table(String name) {
        return session.table(name);
    }
}
