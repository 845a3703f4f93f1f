package org.attnvgg.spark.it;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** The program with a decoder that ends its process, by a bad address, at one image. */
final class PlantedDecoder {

    private static final String CLASS = "org/attnvgg/image/JpegData";
    private static final byte[] COMMENT = "this image kills its decoder".getBytes(StandardCharsets.US_ASCII);

    private static final String SOURCE = """
            package org.attnvgg.image;

            final class JpegData {
                static void check(byte[] jpeg, JpegScan scan, int end, long[][] known) {
                    if (new String(jpeg, java.nio.charset.StandardCharsets.ISO_8859_1).contains("%s")) {
                        new org.bytedeco.javacpp.BytePointer() {
                            { address = 1; limit = 1; }
                        }.put((byte) 0);
                    }
                }
            }
            """.formatted(new String(COMMENT, StandardCharsets.US_ASCII));

    private PlantedDecoder() {}

    /** A copy of the program's jar with that decoder. */
    static Path jar(Path folder) throws IOException {
        Path jar = Files.copy(StandaloneCluster.programJar(), folder.resolve("planted.jar"));
        Path source = Files.createDirectories(folder.resolve("planted")).resolve("JpegData.java");
        Files.writeString(source, SOURCE);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options = List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                source.getParent().toString(),
                source.toString());
        if (compiler.run(null, null, null, options.toArray(new String[0])) != 0) {
            throw new AssertionError("the planted decoder does not compile");
        }
        try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of());
                Stream<Path> classes = Files.list(source.resolveSibling(CLASS).getParent())) {
            for (Path file : classes.toList()) {
                Path entry = zip.getPath("org/attnvgg/image", file.getFileName().toString());
                Files.copy(file, entry, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return jar;
    }

    /** A JPEG that it dies of: with a comment behind its start mark. */
    static byte[] deadly(byte[] jpeg) {
        byte[] deadly = Arrays.copyOf(jpeg, jpeg.length + 4 + COMMENT.length);
        deadly[2] = (byte) 0xff;
        deadly[3] = (byte) 0xfe;
        deadly[4] = 0;
        deadly[5] = (byte) (2 + COMMENT.length);
        System.arraycopy(COMMENT, 0, deadly, 6, COMMENT.length);
        System.arraycopy(jpeg, 2, deadly, 6 + COMMENT.length, jpeg.length - 2);
        return deadly;
    }
}
