package org.attnvgg.image;

import java.util.Locale;

/** Why an image was not used. */
public enum RejectReason {
    MISSING("There is no such file."),
    EMPTY("The file has no bytes."),
    NOT_AN_IMAGE("The bytes do not start as an image does."),
    UNSUPPORTED("An image, but of a format that is not read."),
    TRUNCATED("The file ends before the image does."),
    DAMAGED("The file is whole, but image data are missing or are not this image's."),
    TOO_LARGE("More pixels, or more bytes, than allowed."),
    TOO_SMALL("A side with fewer pixels than allowed."),
    CRASHES_DECODER("Decoding it kills the process."),
    UNREADABLE("The file could not be read, or the decoder gave up."),
    NOT_FINITE("The network's result for it is not a finite number.");

    private final String text;

    RejectReason(String text) {
        this.text = text;
    }

    /** What it means, as a sentence. */
    public String text() {
        return text;
    }

    /** The name in tables and messages: {@code not-an-image}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
