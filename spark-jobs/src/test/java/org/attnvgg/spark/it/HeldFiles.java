package org.attnvgg.spark.it;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * Local files under {@code held:}, on which a test can make a job stand still: who gives a file the name that a test waits for
 * goes on when the test says so.
 */
public final class HeldFiles extends RawLocalFileSystem {

    /** What a session needs for such paths. */
    static final String SETTING = "spark.hadoop.fs.held.impl=" + HeldFiles.class.getName();

    private static volatile Hold hold = new Hold("");

    /** A file name at which a job stands still. */
    static final class Hold implements AutoCloseable {

        private final String name;
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        private Hold(String name) {
            this.name = name;
        }

        /** Lets the job go on. */
        void release() {
            released.countDown();
        }

        @Override
        public void close() {
            release();
        }

        boolean isReached() {
            return reached.getCount() == 0;
        }
    }

    /** Holds the job that next gives a file that name. */
    static Hold at(String name) {
        hold = new Hold(name);
        return hold;
    }

    @Override
    public URI getUri() {
        return URI.create("held:///");
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        boolean renamed = super.rename(from, to);
        Hold current = hold;
        if (to.getName().equals(current.name)) {
            current.reached.countDown();
            try {
                current.released.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException("held at " + to);
            }
        }
        return renamed;
    }
}
