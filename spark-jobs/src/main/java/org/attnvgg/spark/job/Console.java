package org.attnvgg.spark.job;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * What a job prints for its user: lines on standard output, and progress as a bar on a terminal, as lines elsewhere. Names and
 * ids come from files, so no character of theirs reaches a terminal that it would obey: see {@link #printable}.
 */
public final class Console {

    /** Whether standard output is a terminal: the launcher knows, Java 17 does not. */
    private static final boolean TERMINAL = Boolean.getBoolean("attnvgg.terminal");

    private static final Duration LINE_INTERVAL = Duration.ofSeconds(10);

    private Console() {}

    /** One line; the format is the program's own, and what the arguments hold is shown as {@link #printable}. */
    public static void line(String format, Object... arguments) {
        Object[] shown = Arrays.stream(arguments)
                .map(argument -> argument instanceof Number ? argument : printable(String.valueOf(argument)))
                .toArray();
        print(shown.length == 0 ? format : String.format(Locale.ROOT, format, shown));
    }

    /** A row of a table: its cells with tabs between them. */
    public static void row(Stream<String> cells) {
        print(cells.map(Console::printable).collect(Collectors.joining("\t")));
    }

    /** Several lines. */
    public static void lines(String text) {
        print(printableLines(text));
    }

    /** A line that stands out. */
    public static void warn(String message) {
        line("WARNING: %s", message);
    }

    private static void print(String text) {
        PrintStream out = System.out;
        out.println(text);
        out.flush();
    }

    /**
     * A text as one line that a terminal only shows: control characters, line ends, marks of the direction of writing and
     * other invisible characters are escapes, ESC for one {@code \\u001b}.
     */
    public static String printable(String text) {
        return escaped(text, "");
    }

    /** A text with escapes for control characters other than line feeds and tabs. */
    public static String printableLines(String text) {
        return escaped(text, "\n\t");
    }

    private static String escaped(String text, String kept) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isShown(c) || kept.indexOf(c) >= 0) {
                shown.appendCodePoint(c);
            } else {
                for (char unit : Character.toChars(c)) {
                    shown.append("\\u%04x".formatted((int) unit));
                }
            }
        });
        return shown.toString();
    }

    private static boolean isShown(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }

    /** Progress of something that takes a while; close it at the end. */
    public static Progress progress(String task, long total, String unit) {
        return TERMINAL ? new Bar(task, total, unit) : new Lines(task, total, unit);
    }

    /** How far something is. */
    public interface Progress extends AutoCloseable {

        /** So many of the total are done. */
        void at(long done);

        @Override
        void close();
    }

    private static final class Bar implements Progress {
        private final ProgressBar bar;

        Bar(String task, long total, String unit) {
            bar = new ProgressBarBuilder()
                    .setTaskName(printable(task))
                    .setInitialMax(total)
                    .setUnit(" " + unit, 1)
                    .setStyle(ProgressBarStyle.ASCII)
                    .showSpeed()
                    .build();
        }

        @Override
        public void at(long done) {
            bar.stepTo(done);
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    private static final class Lines implements Progress {
        private final String task;
        private final long total;
        private final String unit;
        private final Instant start = Instant.now();
        private Instant last = start;

        Lines(String task, long total, String unit) {
            this.task = task;
            this.total = total;
            this.unit = unit;
        }

        @Override
        public void at(long done) {
            Instant now = Instant.now();
            if (Duration.between(last, now).compareTo(LINE_INTERVAL) >= 0 && done < total) {
                last = now;
                double seconds = Duration.between(start, now).toMillis() / 1000.0;
                line("%s: %,d of %,d %s, %.1f/s", task, done, total, unit, done / seconds);
            }
        }

        @Override
        public void close() {
            // the job's own summary follows
        }
    }
}
