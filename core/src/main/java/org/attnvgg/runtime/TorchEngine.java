package org.attnvgg.runtime;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.util.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.attnvgg.files.NativeLibraries;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts libtorch through DJL, once in a JVM, and never from the network: DJL's downloads and usage reports are switched
 * off. Nothing else in the project may touch DJL's engine first.
 */
public final class TorchEngine {

    private static final Logger LOG = LoggerFactory.getLogger(TorchEngine.class);

    private static final String ENGINE = "PyTorch";

    /** What comes before the folder in DJL's description of its engine. */
    private static final String LIBRARY = "PyTorch Library: ";

    private static boolean started;

    private TorchEngine() {}

    /**
     * Loads libtorch with that many threads for one operation, unless it runs already (then its threads stay).
     *
     * @throws IllegalStateException if the native library cannot be loaded; the message says from where
     */
    public static synchronized void start(int threads) {
        if (started) {
            return;
        }
        NativeLibraries.keepSafe();
        setDefault("ai.djl.offline", "true");
        setDefault("OPT_OUT_TRACKING", "true");
        setDefault("ai.djl.default_engine", ENGINE);
        setDefault("ai.djl.pytorch.num_threads", Integer.toString(threads));
        setDefault("ai.djl.pytorch.num_interop_threads", "1");
        // The optimizing executor derives its own backward pass after a module's first call, with other bits than the
        // first's; the plain one gives the same bits at every call, and was no slower.
        setDefault("ai.djl.pytorch.graph_optimizer", "false");
        try (FileChannel channel = lockFile();
                FileLock lock = channel.lock()) {
            // DJL unpacks its native library on first use; JVMs of one host that unpack at once can break each other.
            Engine engine = Engine.getEngine(ENGINE);
            if (engine.getGpuCount() > 0) {
                preferDeterministic(Path.of(library()));
            }
            started = lock.isValid();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock DJL's native-library cache " + cache(), e);
        } catch (EngineException e) {
            throw new IllegalStateException(
                    "libtorch did not load from " + cache()
                            + ". On GPU nodes name a libtorch folder by PYTORCH_LIBRARY_PATH, PYTORCH_VERSION and"
                            + " PYTORCH_FLAVOR; elsewhere the pytorch-native-cpu jar must be on the class path.",
                    e);
        }
    }

    /** Scoring goes on without: its results may then differ in their last digits. */
    static void preferDeterministic(Path library) {
        try {
            CudnnFlags.set(library, true);
        } catch (IllegalStateException e) {
            LOG.warn("{}; scores may differ in their last digits from run to run", e.getMessage());
        }
    }

    /**
     * Training on this process's GPUs from now on, if there are any.
     *
     * @param deterministic whether convolutions must give the same bits at every call
     * @throws IllegalStateException if they must, and this libtorch cannot be told to; the message says what to do
     */
    public static synchronized void startTraining(boolean deterministic) {
        if (gpuCount() > 0) {
            startTraining(Path.of(library()), deterministic);
        }
    }

    static void startTraining(Path library, boolean deterministic) {
        try {
            CudnnFlags.set(library, deterministic);
        } catch (IllegalStateException e) {
            if (deterministic) {
                throw new IllegalStateException(
                        e.getMessage()
                                + ": name one of these by PYTORCH_LIBRARY_PATH, or set train.deterministic = false",
                        e);
            }
        }
    }

    private static void setDefault(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    private static Path cache() {
        return Utils.getEngineCacheDir(ENGINE.toLowerCase(Locale.ROOT));
    }

    private static FileChannel lockFile() throws IOException {
        Files.createDirectories(cache());
        return FileChannel.open(cache().resolve(".attnvgg.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** The GPUs that libtorch sees. */
    public static int gpuCount() {
        return Engine.getEngine(ENGINE).getGpuCount();
    }

    /** The version of libtorch. */
    public static String version() {
        return Engine.getEngine(ENGINE).getVersion();
    }

    /** The folder that libtorch was loaded from; as DJL unpacks it, its name tells version, flavour and platform. */
    public static String library() {
        String text = Engine.getEngine(ENGINE).toString();
        int at = text.indexOf(LIBRARY);
        return at < 0
                ? "an unknown folder"
                : text.substring(at + LIBRARY.length()).strip();
    }

    static String engineName() {
        return ENGINE;
    }
}
