package org.attnvgg;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Memory of this process. The tests' heap has one size and is touched at start: what grows here is native. */
public final class Resident {

    private static final int ROUNDS = 10;

    private Resident() {}

    /** Work that may hold on to memory. */
    public interface Work {
        void run() throws Exception;
    }

    /**
     * What ten rounds of {@code round} add to resident memory, in MiB: ten times the median round. A leak grows in
     * every round; an allocator that takes one more arena, or a library that loads late, in one.
     */
    public static double growthOfTen(Work round) throws Exception {
        long[] kibibytes = new long[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            long before = kibibytes();
            round.run();
            kibibytes[i] = kibibytes() - before;
        }
        Arrays.sort(kibibytes);
        return (kibibytes[ROUNDS / 2 - 1] + kibibytes[ROUNDS / 2]) / 2.0 * ROUNDS / 1024;
    }

    private static long kibibytes() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(one -> one.startsWith("VmRSS:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", ""));
    }
}
