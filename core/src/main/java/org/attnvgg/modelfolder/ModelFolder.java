package org.attnvgg.modelfolder;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.attnvgg.io.WeightFileException;
import org.attnvgg.io.WeightFiles;
import org.attnvgg.io.WeightValues;
import org.attnvgg.model.NetworkLayout;
import org.attnvgg.model.Weights;
import org.attnvgg.torchscript.TorchScriptArchive;
import org.attnvgg.training.EpochMetrics;

/**
 * A model on disk: {@code model.safetensors} (the weights, for PyTorch and for us), {@code model.json} (what it is),
 * {@code model.pt} and {@code serving.properties} (the same network for DJL, without our classes),
 * {@code README.md} (how to use them) and {@code metrics/epoch-NNNN.json}.
 *
 * @param description what it is
 * @param weights its values
 * @param weightsSha256 of the file that these were read from, computed
 */
public record ModelFolder(ModelMetadata description, Weights weights, String weightsSha256) {

    private static final String DESCRIPTION_FILE = "model.json";
    private static final String WEIGHTS_FILE = "model.safetensors";
    private static final String PROGRAM_FILE = "model.pt";
    private static final String MODEL_ID = "model_id in " + DESCRIPTION_FILE;
    private static final int ID_DIGITS = 12;
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    private static final Gson JSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .serializeSpecialFloatingPointValues()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .create();

    /**
     * Writes into an empty local folder.
     *
     * @throws WeightFileException if a weight has a value that {@link WeightValues} does not allow; nothing is written then
     */
    public static ModelMetadata write(Path folder, ModelMetadata draft, Weights weights) throws IOException {
        NetworkLayout layout = NetworkLayout.of(draft.network());
        WeightValues.problem(layout, weights).ifPresent(problem -> {
            throw new WeightFileException(folder.resolve(WEIGHTS_FILE), problem);
        });
        WeightFiles.write(folder.resolve(WEIGHTS_FILE), layout, weights);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(folder.resolve(PROGRAM_FILE)))) {
            TorchScriptArchive.export(draft.network(), weights, out);
        }
        Map<String, String> hashes = new TreeMap<>();
        for (String name : List.of(WEIGHTS_FILE, PROGRAM_FILE)) {
            hashes.put(name, FileHashes.sha256(folder.resolve(name)));
        }
        ModelMetadata description = draft.with(hashes.get(WEIGHTS_FILE).substring(0, ID_DIGITS), hashes);
        writeJson(folder.resolve(DESCRIPTION_FILE), description);
        Files.writeString(
                folder.resolve("serving.properties"),
                "engine=PyTorch\noption.modelName=model\noption.mapLocation=true\n");
        Files.writeString(folder.resolve("README.md"), ModelCard.of(draft.network()));
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
     * The files of a local folder that {@link #read} looks at, by what its {@code model.json} says.
     *
     * @throws WeightFileException if there is none, or it is malformed
     */
    public static Set<String> files(Path folder) throws IOException {
        Set<String> names = new TreeSet<>(List.of(DESCRIPTION_FILE, WEIGHTS_FILE));
        names.addAll(hashes(folder, description(folder)).keySet());
        return names;
    }

    /**
     * Reads a local folder, and holds every file that {@code model.json} names against its SHA-256.
     *
     * @throws WeightFileException if its files are malformed or do not fit each other
     */
    public static ModelFolder read(Path folder) throws IOException {
        ModelMetadata description = description(folder);
        Map<String, String> hashes = hashes(folder, description);
        for (Map.Entry<String, String> hash : hashes.entrySet()) {
            FileHashes.require(folder.resolve(hash.getKey()), hash.getValue(), DESCRIPTION_FILE);
        }
        // Folders of earlier versions have no hash but this one, and those made by hand may not even have it.
        String id = description.modelId() == null ? "" : description.modelId();
        Path file = folder.resolve(WEIGHTS_FILE);
        String sha256 = id.isEmpty() ? FileHashes.sha256(file) : FileHashes.require(file, id, MODEL_ID);
        NetworkLayout layout = NetworkLayout.of(description.network());
        Weights weights = WeightFiles.read(file, layout, Weights.zeros(layout));
        return new ModelFolder(description.with(sha256.substring(0, ID_DIGITS), hashes), weights, sha256);
    }

    private static ModelMetadata description(Path folder) throws IOException {
        Path file = folder.resolve(DESCRIPTION_FILE);
        if (!Files.isRegularFile(file)) {
            throw new WeightFileException(folder, "no " + DESCRIPTION_FILE + " in it: not a model folder");
        }
        ModelMetadata description;
        try {
            description = JSON.fromJson(Files.readString(file), ModelMetadata.class);
        } catch (CharacterCodingException e) {
            throw new WeightFileException(file, "is not UTF-8");
        } catch (RuntimeException e) { // Gson wraps whatever a constructor throws
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            String first =
                    String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
            throw new WeightFileException(file, "not a model description: " + first);
        }
        if (description == null || description.network() == null || description.modelVersion() == null) {
            throw new WeightFileException(file, "needs at least network and model_version");
        }
        return description;
    }

    /** The hashes that a description gives, after checking that they are hashes of files in the folder itself. */
    private static Map<String, String> hashes(Path folder, ModelMetadata description) {
        Map<String, String> hashes = description.files() == null ? Map.of() : description.files();
        hashes.forEach((name, hash) -> {
            if (!FILE_NAME.matcher(name).matches()
                    || hash == null
                    || !SHA_256.matcher(hash).matches()) {
                throw new WeightFileException(
                        folder.resolve(DESCRIPTION_FILE),
                        "files has '%s': '%s'; expected a name in this folder and a SHA-256".formatted(name, hash));
            }
        });
        return hashes;
    }
}
