package org.attnvgg.weights;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.ScoringNetwork;
import org.attnvgg.model.Weights;

/**
 * A model on disk: {@code model.safetensors} (the weights, for PyTorch and for us), {@code model.json} (what it is),
 * {@code model.pt} and {@code serving.properties} (the same network for DJL, without our classes),
 * {@code README.md} (how to use them) and {@code metrics/epoch-NNNN.json}.
 *
 * @param description what it is
 * @param weights its values
 */
public record ModelFolder(ModelDescription description, Weights weights) {

    private static final String WEIGHTS_FILE = "model.safetensors";
    private static final String DESCRIPTION_FILE = "model.json";

    private static final Gson JSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .serializeSpecialFloatingPointValues()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .create();

    /** Writes into an empty local folder. */
    public static ModelDescription write(Path folder, ModelDescription draft, Weights weights) throws IOException {
        NetworkLayout layout = NetworkLayout.of(draft.network());
        WeightFiles.write(folder.resolve(WEIGHTS_FILE), layout, weights);
        ModelDescription description =
                draft.withModelId(sha256(folder.resolve(WEIGHTS_FILE)).substring(0, 12));
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(folder.resolve("model.pt")))) {
            ScoringNetwork.export(draft.network(), weights, out);
        }
        writeJson(folder.resolve(DESCRIPTION_FILE), description);
        Files.writeString(
                folder.resolve("serving.properties"),
                "engine=PyTorch\noption.modelName=model\noption.mapLocation=true\n");
        Files.writeString(folder.resolve("README.md"), ModelReadme.of(draft.network()));
        Files.createDirectories(folder.resolve("metrics"));
        for (EpochMetrics epoch : description.epochs()) {
            writeJson(folder.resolve("metrics/epoch-%04d.json".formatted(epoch.epoch())), epoch);
        }
        return description;
    }

    /** Writes something beside the model, in the notation of {@code model.json}. */
    public static void writeJson(Path file, Object value) throws IOException {
        Files.writeString(file, JSON.toJson(value) + "\n");
    }

    /**
     * Reads a local folder.
     *
     * @throws WeightFileException if its files are malformed or do not fit each other
     */
    public static ModelFolder read(Path folder) throws IOException {
        Path file = folder.resolve(DESCRIPTION_FILE);
        if (!Files.isRegularFile(file)) {
            throw new WeightFileException(folder, "no " + DESCRIPTION_FILE + " in it: not a model folder");
        }
        ModelDescription description;
        try {
            description = JSON.fromJson(Files.readString(file), ModelDescription.class);
        } catch (JsonParseException e) {
            throw new WeightFileException(file, "not a model description: " + e.getMessage());
        }
        if (description == null || description.network() == null || description.modelVersion() == null) {
            throw new WeightFileException(file, "needs at least network and model_version");
        }
        NetworkLayout layout = NetworkLayout.of(description.network());
        Weights weights = WeightFiles.read(folder.resolve(WEIGHTS_FILE), layout, Weights.zeros(layout));
        return new ModelFolder(description, weights);
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JVM has SHA-256", e);
        }
    }
}
