package org.attnvgg.spark.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program on a class path with other libraries that are configured by Typesafe Config. */
class ForeignConfigurationTest {

    private static final String LIBRARY = """
            akka { loglevel = "INFO", actor.provider = local }
            play.http.parser.maxMemoryBuffer = 100k
            # a key of ours, and one that only looks like it
            train { epochs = 99, epoch = 7 }
            """;

    @Test
    void otherLibrariesDefaultsAndAnApplicationsSettingsAreNotOurs(@TempDir Path library) throws Exception {
        for (String file : List.of("reference.conf", "application.conf", "application.properties")) {
            Files.writeString(library.resolve(file), file.endsWith("conf") ? LIBRARY : "train.epochs=98\nakka.x=1\n");
        }
        List<URL> classPath = new ArrayList<>(List.of(library.toUri().toURL()));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            classPath.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader loader =
                new URLClassLoader(classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            assertThat(loader.getResource("reference.conf"))
                    .isEqualTo(library.resolve("reference.conf").toUri().toURL());
            Class<?> settings = loader.loadClass(Settings.class.getName());
            Class<?> train = loader.loadClass(TrainSettings.class.getName());
            Object loaded = settings.getMethod("load", Optional.class, List.class)
                    .invoke(null, Optional.empty(), List.of("train.manifest=m", "train.out=o"));
            Object read = settings.getMethod("as", Class.class).invoke(loaded, train);
            assertThat(settings.getMethod("shown", Record.class).invoke(null, read))
                    .isEqualTo(
                            Settings.shown(Settings.load(Optional.empty(), List.of("train.manifest=m", "train.out=o"))
                                    .as(TrainSettings.class)));
        }
    }
}
