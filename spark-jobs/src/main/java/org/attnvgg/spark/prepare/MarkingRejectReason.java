package org.attnvgg.spark.prepare;

import java.util.Locale;

/** Why a row of a marking file was not used. */
public enum MarkingRejectReason {
    MALFORMED("The row has another number of columns than the header."),
    MISSING_ID("The row has no image id."),
    OUTSIDE_FOLDER("The id leaves prepare.images, or is a path of its own."),
    MISSING_LABEL("The row has no label."),
    BAD_LABEL("The label is not 0 or 1."),
    CONTRADICTION("Another row gives this id another label or group."),
    DUPLICATE("An earlier row says the same of this id."),
    MISSING("There is no such file; only prepare.check-images=true looks for it.");

    private final String text;

    MarkingRejectReason(String text) {
        this.text = text;
    }

    /** What it means, as a sentence. */
    public String text() {
        return text;
    }

    /** The name in the table: {@code missing-id}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
