package org.attnvgg.spark.data;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.attnvgg.image.RejectReason;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.spark.data.LoadedImage.ImageFile;
import org.attnvgg.spark.job.FileNames;

/** Reads images from any Hadoop file system, each a file or packed into one. */
public final class ImageFileReader implements ImageReader {

    private static final long MAX_FILE_BYTES = 1L << 29;

    private final Configuration hadoop;

    /** A reader that reaches file systems so. */
    public ImageFileReader(Configuration hadoop) {
        this.hadoop = hadoop;
    }

    @Override
    public StoredImage read(ImageRef ref) throws IOException, RejectedImageException {
        if (ref.content() != null) {
            return stored(ref.content().bytes(), ref.content().modifiedAtMillis());
        }
        if (PackedUri.isPacked(ref.uri())) {
            PackedUri packed = PackedUri.of(ref.uri());
            FileStatus file = packed.file().getFileSystem(hadoop).getFileStatus(packed.file());
            return stored(packed.find(hadoop), file.getModificationTime());
        }
        Path path = new Path(ref.uri());
        FileSystem files = path.getFileSystem(hadoop);
        FileNames.requireSpelt(files, path);
        FileStatus status = files.getFileStatus(path);
        if (status.isDirectory()) {
            throw new RejectedImageException(RejectReason.NOT_AN_IMAGE, "a folder");
        }
        boolean local = files instanceof LocalFileSystem;
        if (local && !Files.isRegularFile(java.nio.file.Path.of(path.toUri().getPath()))) {
            throw new RejectedImageException(RejectReason.NOT_AN_IMAGE, "a pipe or a device; expected a file");
        }
        if (status.getLen() > MAX_FILE_BYTES) {
            throw new RejectedImageException(
                    RejectReason.TOO_LARGE, "%,d bytes, more than %,d".formatted(status.getLen(), MAX_FILE_BYTES));
        }
        byte[] bytes = new byte[(int) status.getLen()];
        try (FSDataInputStream in = open(files, status)) {
            in.readFully(bytes);
        }
        return stored(bytes, status.getModificationTime());
    }

    private static StoredImage stored(byte[] bytes, long modifiedAtMillis) {
        return new StoredImage(new ImageFile(bytes.length, modifiedAtMillis, sha256(bytes)), bytes);
    }

    /** Opens a file whose status is known already: an object store is not asked for it again. */
    private static FSDataInputStream open(FileSystem files, FileStatus status) throws IOException {
        try {
            return files.openFile(status.getPath())
                    .withFileStatus(status)
                    .build()
                    .get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while opening " + status.getPath());
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JVM has SHA-256", e);
        }
    }
}
