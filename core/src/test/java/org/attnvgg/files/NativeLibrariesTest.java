package org.attnvgg.files;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.util.Utils;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.RejectedImageException;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process of its own decodes an image and says where its native libraries lie. */
class NativeLibrariesTest {

    private static final String LIBRARY = "org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so";

    @TempDir
    private Path folder;

    /** The program of that process. */
    public static final class Probe {

        private Probe() {}

        /** Loads OpenCV. */
        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) throws IOException {
            try {
                new ImageDecoder(new ImageLimits(1, 1)).decode(new byte[] {1});
            } catch (RejectedImageException e) {
                System.out.println("opencv " + Loader.getCacheDir());
                System.out.println("libtorch " + Utils.getEngineCacheDir("pytorch"));
                System.out.println("jna " + System.getProperty("jna.tmpdir"));
                Files.readAllLines(Path.of("/proc/self/maps")).stream()
                        .filter(line -> line.contains("jnijavacpp"))
                        .forEach(System.out::println);
            }
        }
    }

    private String probe(Map<String, String> environment, String... properties) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")),
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(properties));
        command.add(Probe.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("DJL_CACHE_DIR", "ENGINE_CACHE_DIR"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    /** A file that JavaCPP takes for the library that it has unpacked before, but is none. */
    private static void plant(Path cache) throws IOException {
        URL url = Loader.class.getClassLoader().getResource(LIBRARY);
        JarURLConnection jar = (JarURLConnection) url.openConnection();
        JarEntry entry = jar.getJarEntry();
        Path file =
                cache.resolve(Path.of(jar.getJarFile().getName()).getFileName()).resolve(LIBRARY);
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[(int) entry.getSize()]);
        Files.setLastModifiedTime(file, entry.getLastModifiedTime());
    }

    @Test
    void withoutAHomeTheyAreUnpackedWhereNobodyCouldPutThemBefore() throws Exception {
        Path tmp = Files.createDirectory(folder.resolve("tmp"));
        Path foreseen = tmp.resolve(".javacpp-" + System.getProperty("user.name") + "/cache");
        plant(foreseen);
        Files.createDirectories(tmp.resolve(".djl.ai/pytorch"));
        for (String home : List.of("/proc/none", "?")) {
            String output = probe(Map.of(), "-Duser.home=" + home);
            assertThat(output)
                    .containsPattern("opencv " + tmp + "/attnvgg-\\d+/native-\\d+/javacpp")
                    .containsPattern("libtorch " + tmp + "/attnvgg-\\d+/native-\\d+/pytorch")
                    .containsPattern("jna " + tmp + "/attnvgg-\\d+/jna");
        }
        assertThat(tmp).isDirectoryNotContaining("glob:**/attnvgg-*");
    }

    @Test
    void aHomeOfThisUserKeepsThem() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        assertThat(probe(Map.of(), "-Duser.home=" + home))
                .contains("opencv " + home + "/.javacpp/cache", "libtorch " + home + "/.djl.ai/pytorch");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(".javacpp"))))
                .isEqualTo("rwx------");
    }

    @Test
    void aHomeThatOthersCanWriteDoesNot() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
        plant(home.resolve(".javacpp/cache"));
        assertThat(probe(Map.of(), "-Duser.home=" + home))
                .containsPattern("opencv " + folder + "/tmp/attnvgg-\\d+/native-\\d+/javacpp");
    }

    @Test
    void aFolderThatIsNamedIsUsedForBothIfItIsSafeAndRefusedIfNot() throws Exception {
        Path named = folder.resolve("named");
        assertThat(probe(Map.of("DJL_CACHE_DIR", named.toString()), "-Duser.home=?"))
                .contains("opencv " + named + "/javacpp", "libtorch " + named + "/pytorch");
        Files.setPosixFilePermissions(named, PosixFilePermissions.fromString("rwxrwxr-x"));
        assertThat(probe(Map.of("DJL_CACHE_DIR", named.toString()), "-Duser.home=?"))
                .contains("DJL_CACHE_DIR = " + named + " cannot hold native libraries: other users can write in "
                        + named + " (mode 775); name a folder that only this user can write")
                .doesNotContain("opencv ");
    }
}
