package org.attnvgg.image;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JVM that decodes images and may die of it. It is started with the first image, again after it died, and ends when it is
 * closed or with this process. Its answers are single bytes. Safe for many threads, one image at a time.
 */
final class DecoderProcess implements AutoCloseable {

    /** Says that the JVM is ready, and later that it has survived an image, whatever it thought of it. */
    static final int ALIVE = 1;

    private static final Logger LOG = LoggerFactory.getLogger(DecoderProcess.class);

    private static final long SECONDS_TO_DIE = 60;

    private final ImageLimits limits;
    private Process process;
    private boolean startable = true;

    DecoderProcess(ImageLimits limits) {
        this.limits = limits;
    }

    /**
     * Decodes an image there, in full.
     *
     * @throws RejectedImageException if the JVM dies of it
     */
    synchronized void decode(byte[] bytes) throws RejectedImageException {
        if (!isRunning()) {
            return; // a machine that starts no processes still decodes its images
        }
        if (!survives(bytes)) {
            int exit = exitCode();
            process = null;
            throw new RejectedImageException(
                    RejectReason.CRASHES_DECODER,
                    "a process of its own that decoded it died with exit code %d".formatted(exit));
        }
    }

    private boolean survives(byte[] bytes) {
        try {
            DataOutputStream images = new DataOutputStream(process.getOutputStream());
            images.writeInt(bytes.length);
            images.write(bytes);
            images.flush();
            return process.getInputStream().read() == ALIVE;
        } catch (IOException e) {
            return false;
        }
    }

    private boolean isRunning() {
        if (process == null && startable) {
            try {
                process = new ProcessBuilder(command())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                startable = new DataInputStream(process.getInputStream()).read() == ALIVE;
            } catch (IOException e) {
                LOG.debug("starting a JVM to decode images in", e);
                startable = false;
            }
            if (!startable) {
                close();
                LOG.warn("no JVM can be started to try suspicious images in: they are decoded in this one");
            }
        }
        return process != null;
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+SuppressFatalErrorMessage"));
        for (String folder : List.of("java.io.tmpdir", "org.bytedeco.javacpp.cachedir")) {
            command.add("-D%s=%s".formatted(folder, System.getProperty(folder))); // where natives are unpacked already
        }
        command.addAll(List.of(
                "-cp",
                classPath(),
                DecoderProcessMain.class.getName(),
                Integer.toString(limits.minSide()),
                Long.toString(limits.maxPixels())));
        return command;
    }

    /** What this process was started with, and the jars that Spark has added since. */
    private static String classPath() {
        List<String> parts = new ArrayList<>(List.of(System.getProperty("java.class.path")));
        for (ClassLoader loader = DecoderProcess.class.getClassLoader(); loader != null; loader = loader.getParent()) {
            if (loader instanceof URLClassLoader urls) {
                for (URL url : urls.getURLs()) {
                    if (url.getProtocol().equals("file")) {
                        parts.add(new File(url.getPath()).toString());
                    }
                }
            }
        }
        return String.join(File.pathSeparator, parts);
    }

    private int exitCode() {
        try {
            if (process.waitFor(SECONDS_TO_DIE, TimeUnit.SECONDS)) {
                return process.exitValue();
            }
            process.destroyForcibly();
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw new IllegalStateException("interrupted while an image was tried in a process of its own", e);
        }
    }

    @Override
    public synchronized void close() {
        if (process != null) {
            process.destroyForcibly();
            process = null;
        }
    }
}
