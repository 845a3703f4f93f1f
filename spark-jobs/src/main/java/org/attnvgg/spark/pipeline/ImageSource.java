package org.attnvgg.spark.pipeline;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.RejectReason;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.image.RgbImage;
import org.attnvgg.spark.pipeline.LoadedImage.ImageFile;

/** Reads a picture from any Hadoop file system up to the network's input. Safe for many threads. */
public final class ImageSource {

    private static final long MAX_FILE_BYTES = 1L << 29;

    private final Configuration hadoop;
    private final ImageDecoder decoder;
    private final int imageSize;

    /** A source of inputs of {@code imageSize} pixels a side. */
    public ImageSource(Configuration hadoop, ImageLimits limits, int imageSize) {
        this.hadoop = hadoop;
        this.decoder = new ImageDecoder(limits);
        this.imageSize = imageSize;
    }

    /** The picture, or why it is a reject; never fails because of the picture. */
    public LoadedImage load(ImageRef ref, Augmentation augmentation) {
        ImageFile file = null;
        try {
            Path path = new Path(ref.uri());
            FileSystem files = path.getFileSystem(hadoop);
            FileStatus status = files.getFileStatus(path);
            file = new ImageFile(status.getLen(), status.getModificationTime(), null);
            byte[] bytes = read(files, status);
            file = new ImageFile(bytes.length, status.getModificationTime(), sha256(bytes));
            RgbImage image = decoder.decode(bytes);
            RgbImage input = PilTransforms.networkInput(image, augmentation, imageSize);
            return new LoadedImage(ref, file, image.width(), image.height(), input, null, null);
        } catch (RejectedImageException e) {
            return rejected(ref, file, e.reason(), e.getMessage());
        } catch (FileNotFoundException e) {
            return rejected(ref, file, RejectReason.MISSING, "no file " + ref.uri());
        } catch (IOException | IllegalArgumentException e) {
            return rejected(ref, file, RejectReason.UNREADABLE, e.toString());
        }
    }

    private static byte[] read(FileSystem files, FileStatus status) throws IOException, RejectedImageException {
        if (status.isDirectory()) {
            throw new RejectedImageException(RejectReason.NOT_AN_IMAGE, "a folder");
        }
        if (status.getLen() > MAX_FILE_BYTES) {
            throw new RejectedImageException(
                    RejectReason.TOO_LARGE, "%,d bytes, more than %,d".formatted(status.getLen(), MAX_FILE_BYTES));
        }
        byte[] bytes = new byte[(int) status.getLen()];
        try (FSDataInputStream in = files.open(status.getPath())) {
            in.readFully(bytes);
        }
        return bytes;
    }

    private static LoadedImage rejected(ImageRef ref, ImageFile file, RejectReason reason, String detail) {
        return new LoadedImage(ref, file, 0, 0, null, reason, detail);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JVM has SHA-256", e);
        }
    }
}
