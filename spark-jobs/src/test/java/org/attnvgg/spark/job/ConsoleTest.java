package org.attnvgg.spark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleTest {

    private final PrintStream standardOutput = System.out;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void release() {
        System.setOut(standardOutput);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "001b, ESC",
        "0000, NUL",
        "0007, BEL",
        "0008, backspace",
        "0009, tab",
        "000a, line feed",
        "000d, carriage return",
        "007f, DEL",
        "0085, next line",
        "009b, CSI",
        "00ad, soft hyphen",
        "061c, Arabic mark",
        "200b, zero width",
        "200f, right to left",
        "2028, line separator",
        "2029, paragraph separator",
        "202a, embedding",
        "202e, override",
        "2066, isolate",
        "2069, end of isolate",
        "feff, byte order mark",
        "d800, half of a character"
    })
    void whatATerminalWouldObeyIsShownAsAnEscape(String hexadecimal, String name) {
        String id = "P" + (char) Integer.parseInt(hexadecimal, 16) + "1";
        assertThat(Console.printable(id)).as(name).isEqualTo("P\\u" + hexadecimal + "1");
    }

    @Test
    void noControlCharacterPasses() {
        IntStream.range(0, Character.MAX_CODE_POINT + 1)
                .filter(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT)
                .forEach(c ->
                        assertThat(Console.printable(Character.toString(c))).matches("(\\\\u[0-9a-f]{4}){1,2}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ISIC_0000123.jpg", "Übergröße é 皮膚 جلد 🔬", "C:\\u001b", "100 %d"})
    void otherTextStays(String text) {
        assertThat(Console.printable(text)).isEqualTo(text);
    }

    @Test
    void linesRowsAndWarningsAreEachOneLineWhateverTheyName() {
        String id = "\u001b[2J\nattnvgg: done\u202e";
        Console.line("rejected %,d: %s", 1000, id);
        Console.row(Stream.of("a\tb", id));
        Console.warn("left out " + id);
        assertThat(printed().lines())
                .containsExactly(
                        "rejected 1,000: \\u001b[2J\\u000aattnvgg: done\\u202e",
                        "a\\u0009b\t\\u001b[2J\\u000aattnvgg: done\\u202e",
                        "WARNING: left out \\u001b[2J\\u000aattnvgg: done\\u202e");
    }

    @Test
    void severalLinesKeepTheirEndsAndNothingElse() {
        Console.lines("one\u001b[31m\n\ttwo\r");
        assertThat(printed()).isEqualTo("one\\u001b[31m\n\ttwo\\u000d" + System.lineSeparator());
    }
}
