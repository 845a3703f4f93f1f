package org.attnvgg.spark.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.attnvgg.spark.job.BusyException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of runs on the same tables one is at work. */
class RunLockTest {

    private static final Configuration HADOOP = new Configuration();

    @TempDir
    private Path folder;

    @Test
    void theLockOfAProcessOfThisMachineThatHasEndedIsTakenOverAtOnce() throws Exception {
        Duration patience = Duration.ofDays(1);
        RunLock own = RunLock.take(folder.toString(), HADOOP, "own", patience);
        Path file = folder.resolve("_lock");
        String held = Files.readString(file);
        own.close();
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        String pid = Long.toString(ProcessHandle.current().pid());
        Files.writeString(file, held.replace("\"pid\":" + pid, "\"pid\":" + ended.pid()));
        RunLock.take(folder.toString(), HADOOP, "second", patience).close();
        String another = held.replaceAll("(\"started\":)\\d+", "$11");
        assertThat(another).isNotEqualTo(held);
        Files.writeString(file, another);
        RunLock.take(folder.toString(), HADOOP, "third", patience).close();
        Files.writeString(file, held);
        Thread thread = new Thread(() -> RunLock.take(folder.toString(), HADOOP, "fourth", patience));
        thread.start();
        thread.join(3000);
        assertThat(thread.isAlive()).as("waits for a process that lives").isTrue();
        thread.interrupt();
        thread.join();
        assertThat(file).hasContent(held);
    }

    @Test
    void ofRunsThatStartAtTheSameMomentOneGetsTheLock() throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<RunLock> taken = Collections.synchronizedList(new ArrayList<>());
        List<Throwable> refused = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 4; i++) {
            String runId = "run-" + i;
            Thread thread = new Thread(() -> {
                try {
                    taken.add(RunLock.take(folder.toString(), HADOOP, runId, Duration.ofSeconds(6)));
                } catch (BusyException e) {
                    refused.add(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(taken).hasSize(1);
        assertThat(refused).hasSize(3);
        taken.get(0).requireHeld();
        taken.get(0).close();
    }
}
