package org.attnvgg.spark.config;

import java.util.List;
import java.util.Optional;

/** Settings of {@code prepare}. */
@Section("prepare")
public record PrepareSettings(
        @Key(path = true, text = "Marking CSV files with a header line.")
        List<String> marking,

        @Key(path = true, text = "Folder or URI prefix of the images: an image's URI is images/ID + extension.")
        String images,

        @Key(path = true, text = "Where to write: the tables manifest and rejects.")
        String out,

        @Key(text = "Column of the image id. None: image_id, else image_name.")
        Optional<String> idColumn,

        @Key(value = "target", text = "Column of the label: 1 melanoma, 0 not.")
        String targetColumn,

        @Key(value = ".jpg", text = "What follows the id in an image's name.")
        String extension,

        @Key(
                value = "6000",
                absent = "all",
                atLeast = 1,
                text = "How many negatives to keep, drawn by the seed; all keeps all.")
        Optional<Integer> negatives,

        @Key(value = "0.2", greaterThan = 0, lessThan = 1, text = "Share of the rows for validation.")
        double validationFraction,

        @Key(text = "Column of the patient or lesion: no group is then in both splits. None: split by row.")
        Optional<String> groupColumn,

        @Key(value = "false", text = "Look for every image, and reject the rows of missing ones.")
        boolean checkImages,

        RandomSettings random) {}
