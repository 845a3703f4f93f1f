package org.attnvgg.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Image files changed at random end as an image or as a reject, and never end the JVM. {@code -Dfuzz.seconds} and
 * {@code -Dfuzz.first} make it longer and begin elsewhere.
 */
class DecoderFuzzTest {

    private static final String FIRST = System.getProperty("fuzz.first", "0");
    private static final String SECONDS = System.getProperty("fuzz.seconds", "20");
    private static final String COUNT = System.getProperty("fuzz.seconds") == null ? "4000" : "1000000000";

    @Test
    void noMutantOfAnImageEndsTheJvm(@TempDir Path folder) throws Exception {
        Path journal = folder.resolve("number");
        Path output = folder.resolve("output.txt");
        Process fuzz = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DecoderFuzz.class.getName(),
                        FIRST,
                        COUNT,
                        SECONDS,
                        journal.toString()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        fuzz.getOutputStream().close();
        int exit = fuzz.waitFor();
        String text = Files.readString(output, java.nio.charset.StandardCharsets.ISO_8859_1);
        String last = exit == 0
                ? ""
                : "mutant " + ByteBuffer.wrap(Files.readAllBytes(journal)).getLong();
        assertThat(exit).as("%s: %s", last, tail(text)).isZero();
        Matcher counts = Pattern.compile("(\\d+) mutants, (\\d+) decoded").matcher(text);
        assertThat(counts.find()).as(tail(text)).isTrue();
        System.out.println("fuzz: " + counts.group());
        assertThat(Integer.parseInt(counts.group(1))).isGreaterThan(100);
        assertThat(Integer.parseInt(counts.group(2))).isGreaterThan(10);
    }

    private static String tail(String text) {
        return text.substring(Math.max(0, text.length() - 2000));
    }
}
