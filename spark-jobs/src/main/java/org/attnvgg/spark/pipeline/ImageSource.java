package org.attnvgg.spark.pipeline;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.attnvgg.image.Augmentation;
import org.attnvgg.image.ImageDecoder;
import org.attnvgg.image.ImageLimits;
import org.attnvgg.image.PilTransforms;
import org.attnvgg.image.RejectReason;
import org.attnvgg.image.RejectedImageException;
import org.attnvgg.image.RgbImage;
import org.attnvgg.spark.pipeline.LoadedImage.ImageFile;
import org.attnvgg.spark.pipeline.PictureReader.StoredPicture;

/** Brings a picture from its file to the network's input. Safe for many threads. */
public final class ImageSource {

    private final PictureReader reader;
    private final ImageDecoder decoder;
    private final int imageSize;

    /** A source of inputs of {@code imageSize} pixels a side, of files that {@code reader} brings. */
    public ImageSource(PictureReader reader, ImageLimits limits, int imageSize) {
        this.reader = reader;
        this.decoder = new ImageDecoder(limits);
        this.imageSize = imageSize;
    }

    /** The picture, or why it is a reject; never fails because of the picture. */
    public LoadedImage load(ImageRef ref, Augmentation augmentation) {
        ImageFile file = null;
        try {
            StoredPicture stored = reader.read(ref);
            file = stored.file();
            RgbImage image = decoder.decode(stored.bytes());
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

    private static LoadedImage rejected(ImageRef ref, ImageFile file, RejectReason reason, String detail) {
        return new LoadedImage(ref, file, 0, 0, null, reason, detail);
    }
}
