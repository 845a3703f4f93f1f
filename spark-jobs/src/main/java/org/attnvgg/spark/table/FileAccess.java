package org.attnvgg.spark.table;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Steps on files; when one fails, the error says what was being done. */
final class FileAccess {

    private FileAccess() {}

    /** A step with a result. */
    interface Call<T> {
        T run() throws IOException;
    }

    /** A step without one. */
    interface Step {
        void run() throws IOException;
    }

    static <T> T call(String what, Call<T> call) {
        try {
            return call.run();
        } catch (IOException e) {
            throw new UncheckedIOException(what, e);
        }
    }

    static void run(String what, Step step) {
        call(what, () -> {
            step.run();
            return null;
        });
    }
}
