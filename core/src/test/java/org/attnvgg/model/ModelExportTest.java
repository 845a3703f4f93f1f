package org.attnvgg.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Application;
import ai.djl.Device;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelExportTest {

    private static final NetworkSettings NARROW = new NetworkSettings(0.125, 64, true, 0);

    @TempDir
    private Path folder;

    @BeforeAll
    static void startTorch() {
        TorchRuntime.start(2);
    }

    @Test
    void djlLoadsTheExportByItsCriteriaAlone() throws Exception {
        Weights weights = Initialization.of(NetworkLayout.of(NARROW), 5);
        try (OutputStream out = Files.newOutputStream(folder.resolve("model.pt"))) {
            ScoringNetwork.export(NARROW, weights, out);
        }
        Criteria<NDList, NDList> criteria = Criteria.builder()
                .setTypes(NDList.class, NDList.class)
                .optApplication(Application.UNDEFINED)
                .optEngine("PyTorch")
                .optModelPath(folder)
                .optModelName("model")
                .build();
        try (ZooModel<NDList, NDList> model = criteria.loadModel();
                Predictor<NDList, NDList> predictor = model.newPredictor();
                NDManager manager = NDManager.newBaseManager();
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
}
