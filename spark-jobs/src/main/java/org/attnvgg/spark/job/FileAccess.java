package org.attnvgg.spark.job;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Steps on files; when one fails, the error says what was being done. */
public final class FileAccess {

    private FileAccess() {}

    /** A step with a result. */
    public interface Call<T> {
        T run() throws IOException;
    }

    /** A step without one. */
    public interface Step {
        void run() throws IOException;
    }

    /** Does a step. */
    public static <T> T call(String what, Call<T> call) {
        try {
            return call.run();
        } catch (IOException e) {
            throw new UncheckedIOException(what, e);
        }
    }

    /** Does a step. */
    public static void run(String what, Step step) {
        call(what, () -> {
            step.run();
            return null;
        });
    }
}
