package org.attnvgg.spark.score;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A process, so that another of the same place can tell whether it still lives: by Linux's own files, as Java's start times move
 * with the clock.
 *
 * @param place where its id means what it means here: the boot of a machine, the namespace of its processes, and the user, who
 *     may be unable to see others' processes
 * @param started when, in the system's ticks since its boot; another process may have got the id since
 */
record ProcessIdentity(String place, long pid, long started) {

    /** In the part of /proc/PID/stat after the program's name: the state, and the time of the start. */
    private static final int STATE = 0;

    private static final int START = 19;

    /** This process; null on systems that do not tell. */
    static ProcessIdentity own() {
        try {
            long pid = ProcessHandle.current().pid();
            return new ProcessIdentity(here(), pid, Long.parseLong(stat(pid)[START]));
        } catch (IOException e) {
            return null; // not Linux
        }
    }

    /** Of containers with one host name, each has processes of its own. */
    private static String here() throws IOException {
        return "%s %s %s"
                .formatted(
                        Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                                .strip(),
                        Files.readSymbolicLink(Path.of("/proc/self/ns/pid")),
                        System.getProperty("user.name"));
    }

    private static String[] stat(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }

    /** Whether it is sure that the process has ended. */
    boolean isDead() {
        ProcessIdentity self = own();
        if (self == null || !self.place.equals(place)) {
            return false;
        }
        try {
            String[] stat = stat(pid);
            boolean ended = stat[STATE].equals("Z") || stat[STATE].equals("X"); // nobody asked for its exit code yet
            return ended || Long.parseLong(stat[START]) != started;
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
