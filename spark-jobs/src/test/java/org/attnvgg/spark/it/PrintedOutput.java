package org.attnvgg.spark.it;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.commons.io.output.TeeOutputStream;

/** What jobs in this JVM print, until it is closed. */
public final class PrintedOutput implements AutoCloseable {

    private final PrintStream before = System.out;
    private final ByteArrayOutputStream copy = new ByteArrayOutputStream();

    /** Begins to listen. */
    public PrintedOutput() {
        System.setOut(new PrintStream(new TeeOutputStream(before, copy), true, StandardCharsets.UTF_8));
    }

    /** What has been printed since. */
    public String text() {
        return copy.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        System.setOut(before);
    }
}
