package org.attnvgg.spark.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NativeGateTest {

    /** A process that is told to end while a task computes. */
    static final class Worker {

        private Worker() {}

        public static void main(String[] arguments) throws InterruptedException {
            Thread task = new Thread(() -> {
                while (true) {
                    NativeGate.call(() -> {
                        System.out.println("begins");
                        sleep(300);
                        System.out.println("ends");
                        return null;
                    });
                }
            });
            task.setDaemon(true);
            task.start();
            task.join();
        }

        private static void sleep(long millis) {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void theProcessEndsWhenNoNativeCallIsUnderWay() throws Exception {
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Worker.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = process.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("begins");
            process.toHandle().destroy(); // Process.destroy would close its output, too
            List<String> rest = lines.lines().toList();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
            assertThat(rest.get(rest.size() - 1)).isEqualTo("ends");
        } finally {
            process.destroyForcibly();
        }
    }
}
