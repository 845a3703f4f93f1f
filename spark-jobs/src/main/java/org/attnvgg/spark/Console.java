package org.attnvgg.spark;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** What a job tells its user: lines on standard output, and progress as a bar on a terminal, as lines elsewhere. */
public final class Console {

    /** Whether standard output is a terminal: the launcher knows, Java 17 does not. */
    private static final boolean TERMINAL = Boolean.getBoolean("attnvgg.terminal");

    private static final Duration LINE_INTERVAL = Duration.ofSeconds(10);

    private Console() {}

    /** One line. */
    public static void line(String format, Object... arguments) {
        PrintStream out = System.out;
        out.println(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments));
        out.flush();
    }

    /** A line that stands out. */
    public static void warn(String message) {
        line("WARNING: " + message);
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
                    .setTaskName(task)
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
