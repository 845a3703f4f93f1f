package org.attnvgg.spark.it;

import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/** A real S3 server in this process, S3Proxy over a folder, with one bucket; its libraries are in a class loader of their own. */
public final class S3Server implements AutoCloseable {

    public static final String BUCKET = "archive";

    private final URLClassLoader loader;
    private final Object server;

    /** A server that keeps its objects in that folder, for one pair of credentials. */
    public S3Server(Path folder, String key, String secret) throws ReflectiveOperationException, java.io.IOException {
        URL jar = Path.of("target/s3proxy/s3proxy.jar").toUri().toURL();
        loader = new URLClassLoader(new URL[] {jar}, ClassLoader.getPlatformClassLoader());
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        System.setProperty("LOG_LEVEL", "warn"); // its logback asks for it
        try {
            server = start(folder, key, secret);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private Object start(Path folder, String key, String secret) throws ReflectiveOperationException {
        Properties properties = new Properties();
        properties.setProperty("jclouds.filesystem.basedir", folder.toString());
        Class<?> blobStores = loader.loadClass("org.gaul.s3proxy.BlobStores");
        Object store =
                blobStores.getMethod("create", String.class, Properties.class).invoke(null, "filesystem", properties);
        Class<?> options = loader.loadClass("org.gaul.s3proxy.blobstore.options.CreateContainerOptions");
        Class<?> blobStore = loader.loadClass("org.gaul.s3proxy.blobstore.BlobStore");
        blobStore
                .getMethod("createContainer", String.class, options)
                .invoke(store, BUCKET, options.getField("NONE").get(null));
        Class<?> s3Proxy = loader.loadClass("org.gaul.s3proxy.S3Proxy");
        Object builder = s3Proxy.getMethod("builder").invoke(null);
        Class<?> type = builder.getClass();
        type.getMethod("blobStore", blobStore).invoke(builder, store);
        type.getMethod("endpoint", URI.class).invoke(builder, URI.create("http://127.0.0.1:0"));
        Class<?> authentication = loader.loadClass("org.gaul.s3proxy.AuthenticationType");
        Object kind = authentication.getMethod("valueOf", String.class).invoke(null, "AWS_V2_OR_V4");
        type.getMethod("awsAuthentication", authentication, String.class, String.class)
                .invoke(builder, kind, key, secret);
        Object built = type.getMethod("build").invoke(builder);
        s3Proxy.getMethod("start").invoke(built);
        return built;
    }

    /** Settings of Hadoop that lead there, with credentials from AWS's chain. */
    public Map<String, String> hadoop(Path buffer) throws ReflectiveOperationException {
        return Map.of(
                "fs.s3a.endpoint",
                "http://127.0.0.1:" + server.getClass().getMethod("getPort").invoke(server),
                "fs.s3a.endpoint.region",
                "us-east-1",
                "fs.s3a.path.style.access",
                "true",
                "fs.s3a.connection.ssl.enabled",
                "false",
                "fs.s3a.aws.credentials.provider",
                "com.amazonaws.auth.SystemPropertiesCredentialsProvider",
                "fs.s3a.buffer.dir",
                buffer.toString());
    }

    @Override
    public void close() {
        try {
            server.getClass().getMethod("stop").invoke(server);
            loader.close();
        } catch (ReflectiveOperationException | java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
