package org.attnvgg.spark.config;

import java.util.List;
import java.util.Optional;

/** Which images are scored. */
@Section("score")
public record ArchiveSettings(
        @Key(
                path = true,
                text = "Images: a folder (searched through), a glob, or a URI; parquet:URI for Parquet files"
                        + " with the columns id and bytes, and sequence:URI for sequence files of Text and BytesWritable, which"
                        + " hold many images each. Either this or score.manifest.")
        Optional<String> images,

        @Key(
                value = ".jpg,.jpeg,.png,.bmp,.tif,.tiff,.gif,.webp",
                text = "Names that count as images in score.images, by extension, in either case.")
        List<String> extensions,

        @Key(path = true, text = "A manifest table: its images, with their labels.")
        Optional<String> manifest) {

    public ArchiveSettings {
        if (images.isPresent() == manifest.isPresent()) {
            throw new SettingsException("give either score.images or score.manifest: "
                    + (images.isPresent() ? "both are set" : "neither is set"));
        }
    }

    /** The one of the two that is set. */
    public String location() {
        return images.or(() -> manifest).orElseThrow();
    }
}
