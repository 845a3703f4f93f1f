package org.attnvgg.spark.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.GuardedDecoder;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.JpegScale;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.RejectReason;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.image.RgbImage;
import org.attnvgg.spark.data.ImageReader.StoredImage;
import org.attnvgg.spark.data.LoadedImage.ImageFile;

/** Brings an image from its file to the network's input. Safe for many threads. */
public final class ImageLoader implements AutoCloseable {

    private final ImageReader reader;
    private final GuardedDecoder decoder;
    private final int imageSize;
    private final JpegScale scale;

    /** A source of inputs of {@code imageSize} pixels a side, of files that {@code reader} brings. */
    public ImageLoader(ImageReader reader, ImageLimits limits, int imageSize, JpegScale scale) {
        this(reader, limits, imageSize, scale, false);
    }

    /**
     * A source of inputs of {@code imageSize} pixels a side, of files that {@code reader} brings.
     *
     * @param suspectsAll whether every image is decoded in a process of its own first
     */
    public ImageLoader(ImageReader reader, ImageLimits limits, int imageSize, JpegScale scale, boolean suspectsAll) {
        this.reader = reader;
        this.decoder = new GuardedDecoder(limits, suspectsAll);
        this.imageSize = imageSize;
        this.scale = scale;
    }

    /**
     * An image's bytes, or the reject that it is without any.
     *
     * @param ref which image
     * @param stored its file; null for a reject
     * @param reject null unless it is one
     */
    record Fetched(ImageRef ref, StoredImage stored, LoadedImage reject) {}

    /** The image, or why it is a reject; never fails because of the image. */
    public LoadedImage load(ImageRef ref, Augmentation augmentation) {
        return decode(fetch(ref), augmentation);
    }

    /** Reads the file. */
    Fetched fetch(ImageRef ref) {
        try {
            return new Fetched(ref, reader.read(ref), null);
        } catch (RejectedImageException e) {
            return new Fetched(ref, null, rejected(ref, null, e.reason(), e.getMessage()));
        } catch (FileNotFoundException e) {
            return new Fetched(ref, null, rejected(ref, null, RejectReason.MISSING, "no file " + ref.uri()));
        } catch (IOException | IllegalArgumentException e) {
            return new Fetched(ref, null, rejected(ref, null, RejectReason.UNREADABLE, e.toString()));
        }
    }

    /** Decodes and transforms what was read. */
    LoadedImage decode(Fetched fetched, Augmentation augmentation) {
        if (fetched.reject != null) {
            return fetched.reject;
        }
        ImageFile file = fetched.stored.file();
        try {
            ImageRef ref = fetched.ref;
            ImageDecoder.Decoded decoded =
                    decoder.decode(ref.uri(), ref.attempt() > 1, fetched.stored.bytes(), scale, imageSize);
            RgbImage input = PilTransforms.networkInput(decoded.image(), augmentation, imageSize);
            return new LoadedImage(fetched.ref, file, decoded.width(), decoded.height(), input, null, null);
        } catch (RejectedImageException e) {
            return rejected(fetched.ref, file, e.reason(), e.getMessage());
        } catch (IllegalArgumentException e) {
            return rejected(fetched.ref, file, RejectReason.UNREADABLE, e.toString());
        }
    }

    @Override
    public void close() {
        decoder.close();
    }

    private static LoadedImage rejected(ImageRef ref, ImageFile file, RejectReason reason, String detail) {
        return new LoadedImage(ref, file, 0, 0, null, reason, detail);
    }
}
