package org.attnvgg.spark.config;

/** Settings of {@code score}. */
@Section("score")
public record ScoreSettings(
        ScoringSettings scoring,

        @Key(path = true, text = "Where to write: the tables predictions, attention, rejects and runs.")
        String out,

        ImageSettings image,
        TableSettings table) {

    /** The tables. */
    public TableLocation location() {
        return table.at("score.out", out);
    }
}
