package org.attnvgg.spark.config;

import java.util.List;

/** Settings of {@code preflight}. */
@Section("preflight")
public record PreflightSettings(
        @Key(path = true, value = "none", text = "Folders that every executor must be able to write in.")
        List<String> paths,

        ClusterSettings cluster) {}
