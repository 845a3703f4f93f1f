package org.attnvgg.spark.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A power cut behind a commit takes nothing of it: Java's own record of what was forced to the disk names every part. */
class DiskSyncTest {

    private static final String FORCED = "jdk.FileForce";

    @TempDir
    private Path folder;

    @Test
    void everyFileAndFolderOfACommitIsForcedToTheDisk() throws IOException {
        Path tables = folder.resolve("tables");
        Set<String> forced;
        try (Recording recording = new Recording()) {
            recording.enable(FORCED).withoutThreshold().withoutStackTrace();
            recording.start();
            new SomeRuns(tables).with("first");
            recording.stop();
            Path dump = folder.resolve("forced.jfr");
            recording.dump(dump);
            forced = RecordingFile.readAllEvents(dump).stream()
                    .filter(event -> event.getEventType().getName().equals(FORCED))
                    .map(event -> event.getString("path"))
                    .collect(Collectors.toSet());
        }
        Path row = new SomeRuns(tables).file("runs", "first");
        try (Stream<Path> all = Files.walk(tables)) {
            assertThat(forced)
                    .containsAll(all.filter(path -> !isMovedIn(path, row) && !saysNothing(path))
                            .map(Path::toString)
                            .toList());
        }
        assertThat(forced)
                .as("before it is moved in, and the journal's entry that is gone by now")
                .contains(tables + "/.run-first.parquet", tables + "/_unfinished/first");
    }

    private static boolean isMovedIn(Path path, Path row) {
        return path.equals(row) || path.equals(SomeRuns.checksum(row));
    }

    /** Spark's empty mark beside a run's folders, which no reader asks for. */
    private static boolean saysNothing(Path path) {
        return path.toString().contains("_SUCCESS");
    }
}
