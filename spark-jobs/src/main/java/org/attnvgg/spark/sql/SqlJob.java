package org.attnvgg.spark.sql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkException;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.attnvgg.spark.config.SqlSettings;
import org.attnvgg.spark.job.Console;
import org.attnvgg.spark.job.JobContext;
import org.attnvgg.spark.job.JobException;
import org.attnvgg.spark.table.Damage;
import org.attnvgg.spark.table.ScoreStore;
import org.attnvgg.spark.table.ScoreStores;
import org.attnvgg.spark.table.StoreCheck;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;

/** {@code sql}: Spark SQL with the score tables, their views and the functions on attention maps; from a file, or asked for. */
public final class SqlJob {

    private final SparkSession spark;
    private final SqlSettings settings;

    /** The job of that run. */
    public SqlJob(JobContext run) {
        spark = run.spark();
        settings = run.settings().as(SqlSettings.class);
    }

    /** Runs the statements that were given, or those that somebody types. */
    public void run() {
        ScoreStore store = ScoreStores.existing(spark, settings.location());
        warn(store);
        ScoreViews.register(spark, store::read);
        String text =
                settings.query().or(() -> settings.file().map(SqlJob::read)).orElse(null);
        if (text == null) {
            prompt();
        } else {
            for (String statement : Statements.of(text)) {
                try {
                    execute(statement);
                } catch (Exception e) {
                    throw new JobException("this statement failed:\n" + statement + "\n" + reason(e), e);
                }
            }
        }
    }

    /** Damaged tables may be looked into all the same; standard output is for results. */
    private void warn(ScoreStore store) {
        for (Damage damage : store.damages()) {
            System.err.println(
                    "attnvgg: WARNING: results may lack rows: " + StoreCheck.sentence(damage, settings.location()));
        }
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new JobException("sql.file = " + file + ": cannot be read; expected a file of SQL", e);
        }
    }

    private void execute(String statement) {
        Dataset<Row> result = spark.sql(statement);
        if (result.columns().length == 0) {
            return;
        }
        int most = settings.maxRows();
        List<Row> rows = result.limit(most + 1).collectAsList();
        Console.row(Arrays.stream(result.columns()));
        rows.stream()
                .limit(most)
                .forEach(row -> Console.row(IntStream.range(0, row.size()).mapToObj(i -> text(row.get(i)))));
        if (rows.size() > most) {
            Console.line("... more than %,d rows (sql.max-rows)", most);
        }
    }

    private static String text(Object value) {
        if (value instanceof byte[] bytes) {
            return "(%,d bytes)".formatted(bytes.length);
        }
        if (value instanceof scala.collection.Seq<?> values) {
            return values.mkString("[", ",", "]");
        }
        return String.valueOf(value);
    }

    /** Statements end with a semicolon, the session with Ctrl-D. */
    private void prompt() {
        Console.line("tables and views: %s", String.join(", ", ScoreViews.names()));
        Console.line(
                "functions: %s (DESCRIBE FUNCTION name)",
                Arrays.stream(AttentionFunction.values())
                        .map(AttentionFunction::sqlName)
                        .collect(Collectors.joining(", ")));
        LineReader reader = LineReaderBuilder.builder().appName("attnvgg").build();
        StringBuilder pending = new StringBuilder();
        while (true) {
            try {
                pending.append(reader.readLine(pending.isEmpty() ? "sql> " : "  -> "))
                        .append('\n');
                if (pending.toString().strip().endsWith(";")) {
                    Statements.of(pending.toString()).forEach(this::attempt);
                    pending.setLength(0);
                }
            } catch (UserInterruptException e) {
                pending.setLength(0);
            } catch (EndOfFileException e) {
                return;
            }
        }
    }

    private void attempt(String statement) {
        try {
            execute(statement);
        } catch (Exception e) {
            Console.lines(reason(e));
        }
    }

    /** What a function, a file's reader or Spark says, without the plan and the traces that Spark adds. */
    static String reason(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ArgumentException || cause instanceof JobException) {
                return cause.getMessage();
            }
        }
        if (e instanceof AnalysisException analysis) {
            return analysis.getSimpleMessage();
        }
        Throwable shown = e instanceof SparkException && e.getCause() != null ? e.getCause() : e; // a task's
        return shown.getMessage() == null
                ? shown.toString()
                : shown.getMessage()
                        .strip()
                        .lines()
                        .filter(line -> !line.startsWith("\tat "))
                        .limit(5)
                        .collect(Collectors.joining("\n"));
    }
}
