package org.attnvgg.spark.pipeline;

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
import org.attnvgg.spark.pipeline.LoadedImage.ImageFile;
import org.attnvgg.spark.pipeline.PictureReader.StoredPicture;

/** Brings a picture from its file to the network's input. Safe for many threads. */
public final class ImageSource implements AutoCloseable {

    private final PictureReader reader;
    private final GuardedDecoder decoder;
    private final int imageSize;
    private final JpegScale scale;

    /** A source of inputs of {@code imageSize} pixels a side, of files that {@code reader} brings. */
    public ImageSource(PictureReader reader, ImageLimits limits, int imageSize, JpegScale scale) {
        this(reader, limits, imageSize, scale, false);
    }

    /**
     * A source of inputs of {@code imageSize} pixels a side, of files that {@code reader} brings.
     *
     * @param suspectsAll whether every image is decoded in a process of its own first
     */
    public ImageSource(PictureReader reader, ImageLimits limits, int imageSize, JpegScale scale, boolean suspectsAll) {
        this.reader = reader;
        this.decoder = new GuardedDecoder(limits, suspectsAll);
        this.imageSize = imageSize;
        this.scale = scale;
    }

    /**
     * A picture's bytes, or the reject that it is without any.
     *
     * @param ref which picture
     * @param stored its file; null for a reject
     * @param reject null unless it is one
     */
    record Fetched(ImageRef ref, StoredPicture stored, LoadedImage reject) {}

    /** The picture, or why it is a reject; never fails because of the picture. */
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
            ImageDecoder.Decoded picture =
                    decoder.decode(ref.uri(), ref.attempt() > 1, fetched.stored.bytes(), scale, imageSize);
            RgbImage input = PilTransforms.networkInput(picture.image(), augmentation, imageSize);
            return new LoadedImage(fetched.ref, file, picture.width(), picture.height(), input, null, null);
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
