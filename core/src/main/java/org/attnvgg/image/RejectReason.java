package org.attnvgg.image;

import java.util.Locale;

/** Why an image was not used. */
public enum RejectReason {
    /** There is no such file. */
    MISSING,
    /** The file has no bytes. */
    EMPTY,
    /** The bytes do not start as an image does. */
    NOT_AN_IMAGE,
    /** An image, but of a format that is not read. */
    UNSUPPORTED,
    /** The file ends before the image does. */
    TRUNCATED,
    /** The file is whole, but image data are missing or are not this image's. */
    DAMAGED,
    /** More pixels, or more bytes, than allowed. */
    TOO_LARGE,
    /** A side with fewer pixels than allowed. */
    TOO_SMALL,
    /** Decoding it kills the process. */
    CRASHES_DECODER,
    /** The file could not be read, or the decoder gave up. */
    UNREADABLE,
    /** The network's result for it is not a finite number. */
    NOT_FINITE;

    /** The name in tables and messages: {@code not-an-image}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
