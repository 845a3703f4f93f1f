package org.attnvgg.spark.score;

import com.google.gson.Gson;
import com.google.gson.JsonSyntaxException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.attnvgg.spark.job.BusyException;

/**
 * Keeps two runs from adding to the same tables. A file beside them names its holder and is written anew as long as that
 * lives; when it has not been for a while, by the file system's own clock, the next run takes it over, and at once when the
 * holder was a process of this machine that is there no more. Works on object stores, which cannot create a file only if there
 * is none: who has written it waits, and sees whether somebody else did too.
 */
final class RunLock implements AutoCloseable {

    private static final String NAME = "_lock";
    private static final Gson JSON = new Gson();

    /** How long another run that starts at the same moment may take from looking at the lock to writing it. */
    private static final Duration SETTLE = Duration.ofSeconds(1);

    private final FileSystem files;
    private final Path file;
    private final Path clock;
    private final Holder self;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "attnvgg-lock");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean lost;

    /** What the file says; process is null where an older version or another system wrote it. */
    private record Holder(String runId, String host, long pid, String since, long beat, ProcessIdentity process) {
        Holder next() {
            return new Holder(runId, host, pid, since, beat + 1, process);
        }

        boolean isDead() {
            return process != null && process.isDead();
        }

        @Override
        public String toString() {
            return "run %s on %s, process %d, since %s".formatted(runId, host, pid, since);
        }
    }

    /** A lock that another run is just writing, or was when it was killed. */
    private static final Holder HALF_WRITTEN =
            new Holder("of unknown id", "an unknown host", 0, "an unknown time", 0, null);

    private RunLock(String tables, Configuration hadoop, String runId) throws IOException {
        Path folder = new Path(tables);
        FileSystem found = folder.getFileSystem(hadoop);
        // A checksum beside a file that is written again and again would not always be that file's.
        files = found instanceof LocalFileSystem local ? local.getRaw() : found;
        file = new Path(folder, NAME);
        clock = new Path(folder, NAME + "." + runId);
        self = new Holder(
                runId,
                InetAddress.getLocalHost().getHostName(),
                ManagementFactory.getRuntimeMXBean().getPid(),
                Instant.now().toString(),
                0,
                ProcessIdentity.own());
    }

    /**
     * Takes the lock of the tables in a folder, after waiting for a holder of which it is not clear yet whether it lives.
     *
     * @param patience how long a holder may give no sign of life
     * @throws BusyException if another run holds it
     */
    static RunLock take(String tables, Configuration hadoop, String runId, Duration patience) {
        try {
            RunLock lock = new RunLock(tables, hadoop, runId);
            lock.awaitFree(patience);
            lock.write(lock.self);
            Thread.sleep(SETTLE.toMillis());
            Holder holder = lock.read();
            if (holder == null || !holder.runId.equals(runId)) {
                lock.timer.shutdownNow();
                throw lock.busy(holder);
            }
            lock.startBeating(patience.dividedBy(6));
            return lock;
        } catch (IOException e) {
            throw new UncheckedIOException("locking " + tables, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while locking " + tables, e);
        }
    }

    private void awaitFree(Duration patience) throws IOException, InterruptedException {
        Holder first = read();
        // By this process's clock too: a lock may have been written by a clock that was ahead.
        long deadline = System.nanoTime() + patience.toNanos();
        while (first != null && !first.isDead() && age() < patience.toMillis() && System.nanoTime() < deadline) {
            Thread.sleep(SETTLE.toMillis());
            Holder now = read();
            if (now != null && !now.equals(first)) {
                throw busy(now); // it lives
            }
            first = now;
        }
    }

    /** How long ago the lock was written, in milliseconds, as the file system counts. */
    private long age() throws IOException {
        try (OutputStream out = files.create(clock, true)) {
            out.write('.');
        }
        try {
            return files.getFileStatus(clock).getModificationTime()
                    - files.getFileStatus(file).getModificationTime();
        } catch (FileNotFoundException e) {
            return Long.MAX_VALUE; // given back meanwhile
        } finally {
            files.delete(clock, false);
        }
    }

    private void startBeating(Duration period) {
        Holder[] latest = {self};
        var unused = timer.scheduleAtFixedRate(
                () -> {
                    try {
                        Holder holder = read();
                        lost = holder == null || !holder.runId.equals(self.runId);
                        if (!lost) {
                            latest[0] = latest[0].next();
                            write(latest[0]);
                        }
                    } catch (IOException e) {
                        // The next beat tries again; if none succeeds, another run may take over, and isLost tells.
                    }
                },
                period.toMillis(),
                period.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /**
     * Makes sure that the lock is still held.
     *
     * @throws BusyException if another run took it, because this one gave no sign of life for too long
     */
    void requireHeld() {
        try {
            Holder holder = read();
            if (lost || holder == null || !holder.runId.equals(self.runId)) {
                throw busy(holder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file, e);
        }
    }

    private BusyException busy(Holder holder) {
        return new BusyException("rescore.tables: %s is at work on %s; this run published nothing"
                .formatted(holder == null ? "another run" : holder, file.getParent()));
    }

    /** Who holds the lock; null if nobody does. */
    private synchronized Holder read() throws IOException {
        try (InputStream in = files.open(file)) {
            Holder holder = JSON.fromJson(new String(in.readAllBytes(), StandardCharsets.UTF_8), Holder.class);
            return holder == null || holder.runId == null ? HALF_WRITTEN : holder;
        } catch (FileNotFoundException e) {
            return null;
        } catch (JsonSyntaxException e) {
            return HALF_WRITTEN;
        }
    }

    private synchronized void write(Holder holder) throws IOException {
        try (OutputStream out = files.create(file, true)) {
            out.write(JSON.toJson(holder).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Gives the lock back, if it is still held. */
    @Override
    public void close() {
        timer.shutdownNow();
        try {
            Holder holder = read();
            if (holder != null && holder.runId.equals(self.runId)) {
                files.delete(file, false);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("removing " + file, e);
        }
    }
}
