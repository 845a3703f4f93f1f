package org.attnvgg.modelfolder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Application;
import ai.djl.Device;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopServingTranslatorFactory;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.attnvgg.image.AttentionOverlay;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.Preprocessing;
import org.attnvgg.image.RgbImage;
import org.attnvgg.model.NetworkConfig;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.WeightInitializer;
import org.attnvgg.model.Weights;
import org.attnvgg.runtime.AttnVggOutput;
import org.attnvgg.runtime.ScoringNetwork;
import org.attnvgg.runtime.TorchEngine;
import org.attnvgg.torchscript.Precision;
import org.attnvgg.training.FocalLoss;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelExportTest {

    private static final NetworkConfig NARROW = new NetworkConfig(0.125, 64, true, 0);

    @TempDir
    private Path folder;

    @BeforeAll
    static void startTorch() {
        TorchEngine.start(2);
    }

    @Test
    void djlLoadsTheModelFolderByItsCriteriaAlone() throws Exception {
        Weights weights = modelFolder();
        Criteria<NDList, NDList> criteria = Criteria.builder()
                .setTypes(NDList.class, NDList.class)
                .optApplication(Application.UNDEFINED)
                .optEngine("PyTorch")
                .optModelPath(folder)
                .build();
        assertSameAsOurs(criteria, weights);
    }

    /** As {@code ai.djl.spark.ModelLoader} of the DJL Spark extension builds it. */
    @Test
    void theDjlSparkExtensionsWayToAModelWorks() throws Exception {
        Weights weights = modelFolder();
        Criteria<NDList, NDList> criteria = Criteria.builder()
                .setTypes(NDList.class, NDList.class)
                .optEngine("PyTorch")
                .optModelUrls(folder.toUri().toString())
                .optTranslatorFactory(new NoopServingTranslatorFactory())
                .optArguments(Map.of("batchifier", "none"))
                .build();
        assertSameAsOurs(criteria, weights);
    }

    private Weights modelFolder() throws IOException {
        Weights weights = WeightInitializer.of(NetworkLayout.of(NARROW), 5);
        ModelFolder.write(
                folder, ModelMetadata.of(NARROW, "float32", "20260101-000000", 1, List.of(), Map.of()), weights);
        return weights;
    }

    private static void assertSameAsOurs(Criteria<NDList, NDList> criteria, Weights weights) throws Exception {
        try (ZooModel<NDList, NDList> model = criteria.loadModel();
                Predictor<NDList, NDList> predictor = model.newPredictor();
                NDManager manager = NDManager.newBaseManager(Device.cpu());
                ScoringNetwork network = new ScoringNetwork(NARROW, weights, Precision.FLOAT32, Device.cpu())) {
            NDArray images = manager.randomNormal(new Shape(2, 3, 64, 64));
            NDList exported = predictor.predict(new NDList(images));
            AttnVggOutput ours = network.score(images);
            assertThat(exported).hasSize(3);
            assertThat(exported.get(0).toFloatArray())
                    .containsExactly(ours.logits().toFloatArray());
            assertThat(exported.get(1).toFloatArray())
                    .containsExactly(ours.pool3().toFloatArray());
            assertThat(exported.get(2).toFloatArray())
                    .containsExactly(ours.pool4().toFloatArray());
        }
    }

    /** The program of the model's README, with DJL and without any class of this project. */
    @Test
    void theReadmesProgramScoresAnImagesBytesInAProcessOfItsOwn() throws Exception {
        Weights weights = modelFolder();
        RgbImage image = image();
        Path file = Files.write(folder.resolve("image.png"), AttentionOverlay.encode(image, ".png"));
        String readme = Files.readString(folder.resolve("README.md"));
        String program = readme.split("```java\n", -1)[1].split("```", -1)[0];
        Path source = Files.writeString(folder.resolve("ScoreOne.java"), program);
        String output = java(source, folder.toString(), file.toString());
        assertThat(output).contains("attention of 64 and 16 points");
        double probability =
                Double.parseDouble(output.split("probability ", -1)[1].split("\\s", -1)[0]);
        assertThat(probability).isCloseTo(ourProbability(weights, image), within(0.01));
    }

    /** A smooth image of 200×150 pixels. */
    private static RgbImage image() {
        byte[] pixels = new byte[200 * 150 * RgbImage.CHANNELS];
        for (int i = 0; i < pixels.length; i++) {
            int x = i / RgbImage.CHANNELS % 200;
            int y = i / RgbImage.CHANNELS / 200;
            pixels[i] = (byte) (128 + 80 * Math.sin(x / 20.0 + i % RgbImage.CHANNELS) * Math.cos(y / 15.0));
        }
        return new RgbImage(200, 150, pixels);
    }

    private static double ourProbability(Weights weights, RgbImage image) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(3 * 64 * 64 * Float.BYTES).order(ByteOrder.nativeOrder());
        Preprocessing.append(PilTransforms.networkInput(image, Augmentation.NONE, 64), pixels);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                ScoringNetwork network = new ScoringNetwork(NARROW, weights, Precision.FLOAT32, Device.cpu());
                NDArray input = manager.create(pixels.flip(), new Shape(1, 3, 64, 64), DataType.FLOAT32);
                AttnVggOutput output = network.score(input)) {
            return FocalLoss.sigmoid(output.logits().toFloatArray()[0]);
        }
    }

    private static String java(Path source, String... arguments) throws Exception {
        String libraries = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith(".jar"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true",
                "-cp",
                libraries,
                source.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
