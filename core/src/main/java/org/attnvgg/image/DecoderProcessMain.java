package org.attnvgg.image;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;

/** What a {@link DecoderProcess} runs: decodes the images that come on standard input until there are no more. */
final class DecoderProcessMain {

    private DecoderProcessMain() {}

    /** Arguments: the limits, fewest pixels of a side and most of an image. */
    public static void main(String[] args) throws IOException {
        ImageDecoder decoder = new ImageDecoder(new ImageLimits(Integer.parseInt(args[0]), Long.parseLong(args[1])));
        DataInputStream images = new DataInputStream(new BufferedInputStream(System.in));
        OutputStream answers = System.out;
        try {
            while (true) {
                answers.write(DecoderProcess.ALIVE);
                answers.flush();
                decode(decoder, images.readNBytes(images.readInt()));
            }
        } catch (EOFException e) {
            return; // the process that asks has no more images, or is gone
        }
    }

    private static void decode(ImageDecoder decoder, byte[] bytes) {
        try {
            decoder.decode(bytes);
        } catch (RejectedImageException | RuntimeException | OutOfMemoryError e) {
            return; // which is no crash: the process that asks comes to the same end by itself, and says so
        }
    }
}
