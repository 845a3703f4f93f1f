package org.attnvgg.image;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.attnvgg.Golden;
import org.attnvgg.Ratios;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pixels that cv2, PIL and torchvision make of photographs of several shapes. */
class GoldenTransformsTest {

    private static final int SIZE = 224;
    private static final ImageDecoder DECODER = new ImageDecoder(new ImageLimits(1, 1 << 24));

    static Stream<JsonObject> cases() throws IOException {
        return Golden.json("transforms/transforms.json").getAsJsonArray().asList().stream()
                .map(JsonElement::getAsJsonObject);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void scoringSeesPilsPixels(JsonObject golden) throws Exception {
        String name = golden.get("name").getAsString();
        RgbImage input = PilTransforms.networkInput(decode(name + ".jpg"), Augmentation.NONE, SIZE);
        assertClose(name + ", scoring", input, decode(name + ".eval.png"), 0.001);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void trainingSeesPilsPixels(JsonObject golden) throws Exception {
        String name = golden.get("name").getAsString();
        Augmentation turn = new Augmentation(
                golden.get("angle_degrees").getAsDouble(), golden.get("flip").getAsBoolean());
        RgbImage input = PilTransforms.networkInput(decode(name + ".jpg"), turn, SIZE);
        assertClose(name + ", training", input, decode(name + ".train.png"), 0.01);
    }

    private static RgbImage decode(String name) throws Exception {
        Path file = Golden.file("transforms/" + name);
        return DECODER.decode(Files.readAllBytes(file));
    }

    /** Decoders may round a colour the other way, and so may resizing: by a level. {@code share} may be off by more. */
    private static void assertClose(String what, RgbImage actual, RgbImage expected, double share) {
        int far = 0;
        int worst = 0;
        for (int i = 0; i < expected.pixels().length; i++) {
            int difference = Math.abs((actual.pixels()[i] & 0xff) - (expected.pixels()[i] & 0xff));
            worst = Math.max(worst, difference);
            far += difference > 1 ? 1 : 0;
        }
        Ratios ratios = new Ratios(what);
        ratios.add("values off by more than a level", "share", (double) far / expected.pixels().length, share);
        ratios.add("levels", "greatest difference", worst, 6);
        ratios.assertWithinBounds();
    }
}
