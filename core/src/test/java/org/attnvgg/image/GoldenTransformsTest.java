package org.attnvgg.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.attnvgg.Golden;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pixels that cv2, PIL and torchvision make of photographs of several shapes. */
class GoldenTransformsTest {

    private static final int SIZE = 224;
    private static final ImageDecoder DECODER = new ImageDecoder(new ImageLimits(1, 1 << 24));

    static Stream<JsonObject> cases() throws IOException {
        return JsonParser.parseString(Files.readString(Golden.file("transforms/transforms.json")))
                .getAsJsonArray()
                .asList()
                .stream()
                .map(JsonElement::getAsJsonObject);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void scoringSeesPilsPixels(JsonObject golden) throws Exception {
        String name = golden.get("name").getAsString();
        RgbImage input = PilTransforms.networkInput(decode(name + ".jpg"), Augmentation.NONE, SIZE);
        assertClose(input, decode(name + ".eval.png"), 0.999);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void trainingSeesPilsPixels(JsonObject golden) throws Exception {
        String name = golden.get("name").getAsString();
        Augmentation turn = new Augmentation(
                golden.get("angle_degrees").getAsDouble(), golden.get("flip").getAsBoolean());
        RgbImage input = PilTransforms.networkInput(decode(name + ".jpg"), turn, SIZE);
        assertClose(input, decode(name + ".train.png"), 0.99);
    }

    private static RgbImage decode(String name) throws Exception {
        Path file = Golden.file("transforms/" + name);
        return DECODER.decode(Files.readAllBytes(file));
    }

    private static void assertClose(RgbImage actual, RgbImage expected, double withinOneLevel) {
        int close = 0;
        int worst = 0;
        for (int i = 0; i < expected.pixels().length; i++) {
            int difference = Math.abs((actual.pixels()[i] & 0xff) - (expected.pixels()[i] & 0xff));
            worst = Math.max(worst, difference);
            close += difference <= 1 ? 1 : 0;
        }
        assertThat((double) close / expected.pixels().length)
                .as("share within one level")
                .isGreaterThanOrEqualTo(withinOneLevel);
        assertThat(worst).as("greatest difference in levels").isLessThanOrEqualTo(6);
    }
}
