package org.attnvgg.spark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;
import org.junit.jupiter.api.Test;

class StopSignalTest {

    /** What a process does: it heeds the signal or not, and says when it has stopped in good order. */
    static final class Worker {

        private Worker() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (StopSignal stop = StopSignal.onShutdown(Duration.ofMinutes(1))) {
                ShutdownHookManager.get().addShutdownHook(() -> System.out.println("Spark closes"), 40);
                if (arguments[0].equals("heed")) {
                    stop.heed();
                }
                System.out.println("works");
                while (!stop.isRequested()) {
                    Thread.sleep(10);
                }
                Thread.sleep(arguments[0].equals("heed") ? 300 : 60_000);
                System.out.println("stopped in good order");
            }
            System.exit(1);
        }
    }

    private static String outputAfterSigterm(String argument) throws Exception {
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Worker.class.getName(),
                        argument)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = process.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("works");
            process.toHandle().destroy(); // Process.destroy would close its output, too
            StringBuilder rest = new StringBuilder();
            lines.lines().forEach(line -> rest.append(line).append('\n'));
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
            return rest.toString();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void theEndOfTheProcessWaitsForAJobThatHeedsTheSignal() throws Exception {
        assertThat(outputAfterSigterm("heed"))
                .isEqualTo("told to stop: what is under way is finished first\nstopped in good order\nSpark closes\n");
    }

    @Test
    void theEndOfTheProcessDoesNotWaitForAJobThatDoesNot() throws Exception {
        assertThat(outputAfterSigterm("ignore")).isEqualTo("Spark closes\n");
    }
}
